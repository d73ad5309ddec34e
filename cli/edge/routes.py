"""Where each method of the contract goes, and how long and how large it may be."""

from collections.abc import Sequence

from cli.edge.blobs import blob_routes
from cli.edge.contract import Contract, Method
from cli.edge.nodes import Node, typed

BUFFER = "envoy.filters.http.buffer"
SERVER_CLUSTER = "server"
# The servers say why they end a call that takes too long; the edge gives them the time to do so.
UNARY_SLACK_SECONDS = 5.0
# The other limits run from the end of the request; this ends one whose sender has fallen silent.
BODY_IDLE_TIMEOUT = "20s"
# Longer than the longest pause of a healthy phone, which uploads at least every 300 s.
STREAM_IDLE_TIMEOUT = "900s"
STREAM_LIMITS: Node = {"timeout": "0s", "idle_timeout": STREAM_IDLE_TIMEOUT}
LARGEST_JSON_BODY_BYTES = 1024 * 1024
# A thousand events, as outside services gather them after a pause.
LARGEST_WEBHOOK_BODY_BYTES = 4 * 1024 * 1024
WEBHOOKS = "/webhooks/"


def route_configuration(
    contract: Contract,
    *,
    cors_origins: Sequence[str],
    max_deadline_seconds: float,
    has_web: bool = False,
) -> Node:
    unary_limits = _unary_limits(max_deadline_seconds)
    return {
        "name": "contract",
        "virtual_hosts": [
            {
                "name": "contract",
                "domains": ["*"],
                "typed_per_filter_config": {
                    "envoy.filters.http.cors": _cors(cors_origins),
                    # A gRPC stream has no end to wait for.
                    BUFFER: typed(
                        "extensions.filters.http.buffer.v3.BufferPerRoute", disabled=True
                    ),
                },
                "request_headers_to_remove": ["x-http-status"],
                "routes": [
                    *(
                        _route(method, STREAM_LIMITS if method.is_stream else unary_limits)
                        for method in contract.methods()
                    ),
                    # JSON paths need a route until the transcoder has turned them into their
                    # method's path: without one the answer to a web page's preflight is lost.
                    *(_json_route(prefix) for prefix in contract.json_prefixes()),
                    *(blob_routes() if has_web else []),
                    {"match": {"prefix": "/"}, "direct_response": {"status": 404}},
                ],
            }
        ],
    }


def _unary_limits(max_deadline_seconds: float) -> Node:
    """Return how long a call may take: what its caller says, or else what the server lets it.

    While the server works nothing passes here, so the idle timeout has to be as long.
    """
    longest = f"{max_deadline_seconds + UNARY_SLACK_SECONDS:g}s"
    return {
        "timeout": longest,
        "idle_timeout": longest,
        # Without max_stream_duration beside it: Envoy would write that into calls without a
        # deadline, and the server's own default would never count.
        "max_stream_duration": {"grpc_timeout_header_max": longest},
    }


def _route(method: Method, limits: Node) -> Node:
    return {
        "match": {"path": method.path},
        "route": {"cluster": SERVER_CLUSTER, "retry_policy": _retries(), **limits},
    }


def _json_route(prefix: str) -> Node:
    largest_body = LARGEST_WEBHOOK_BODY_BYTES if prefix == WEBHOOKS else LARGEST_JSON_BODY_BYTES
    return {
        "match": {"prefix": prefix},
        "route": {"cluster": SERVER_CLUSTER, "idle_timeout": BODY_IDLE_TIMEOUT},
        "typed_per_filter_config": {
            BUFFER: typed(
                "extensions.filters.http.buffer.v3.BufferPerRoute",
                buffer={"max_request_bytes": largest_body},
            )
        },
    }


def _retries() -> Node:
    return {
        # Only what no server has begun to work on: a command must not run twice.
        "retry_on": "connect-failure,refused-stream,reset-before-request",
        "num_retries": 3,
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": typed(
                    "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                ),
            }
        ],
        "host_selection_retry_max_attempts": 5,
    }


def _cors(origins: Sequence[str]) -> Node:
    return typed(
        "extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"exact": origin} for origin in origins],
        allow_methods="GET, POST, PATCH, PUT, DELETE",
        allow_headers=(
            "authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent, x-request-id"
        ),
        expose_headers="grpc-status, grpc-message, grpc-status-details-bin, x-request-id",
        max_age="3600",
    )
