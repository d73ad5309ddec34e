"""Where each method of the contract goes, and how long and how large it may be."""

from collections.abc import Sequence

from cli.edge.blobs import blob_routes
from cli.edge.contract import Contract, Method
from cli.edge.nodes import Node, typed

BUFFER = "envoy.filters.http.buffer"
SERVER_CLUSTER = "server"
UNARY_TIMEOUT = "15s"
# The timeout runs from the end of the request; this ends one whose sender has fallen silent.
UNARY_IDLE_TIMEOUT = "20s"
# Longer than the longest pause of a healthy phone, which uploads at least every 300 s.
STREAM_IDLE_TIMEOUT = "900s"
LARGEST_JSON_BODY_BYTES = 1024 * 1024
# A thousand events, as outside services gather them after a pause.
LARGEST_WEBHOOK_BODY_BYTES = 4 * 1024 * 1024
WEBHOOKS = "/webhooks/"


def route_configuration(
    contract: Contract, *, cors_origins: Sequence[str], has_web: bool = False
) -> Node:
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
                    *(_route(method) for method in contract.methods()),
                    # JSON paths need a route until the transcoder has turned them into their
                    # method's path: without one the answer to a web page's preflight is lost.
                    *(_json_route(prefix) for prefix in contract.json_prefixes()),
                    *(blob_routes() if has_web else []),
                    {"match": {"prefix": "/"}, "direct_response": {"status": 404}},
                ],
            }
        ],
    }


def _route(method: Method) -> Node:
    limits: Node = (
        {"timeout": "0s", "idle_timeout": STREAM_IDLE_TIMEOUT}
        if method.is_stream
        else {"timeout": UNARY_TIMEOUT, "idle_timeout": UNARY_IDLE_TIMEOUT}
    )
    return {
        "match": {"path": method.path},
        "route": {"cluster": SERVER_CLUSTER, "retry_policy": _retries(), **limits},
    }


def _json_route(prefix: str) -> Node:
    largest_body = LARGEST_WEBHOOK_BODY_BYTES if prefix == WEBHOOKS else LARGEST_JSON_BODY_BYTES
    return {
        "match": {"prefix": prefix},
        "route": {"cluster": SERVER_CLUSTER, "idle_timeout": UNARY_IDLE_TIMEOUT},
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
