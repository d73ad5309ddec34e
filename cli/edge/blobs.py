"""The way to `web`: signed links to blobs, streamed and bounded without being gathered here."""

from cli.edge.nodes import Node, socket_address, typed

BLOBS_PREFIX = "/blobs/"
WEB_CLUSTER = "web"
# A little more than the largest photo: what a link allows is checked by `web`.
LARGEST_BLOB_BYTES = 12 * 1024 * 1024
# From the end of the request: a phone on a bad network reads slowly.
DOWNLOAD_TIMEOUT = "300s"
IDLE_TIMEOUT = "30s"
# Shorter than `web` keeps a connection that nobody uses.
CONNECTION_IDLE_TIMEOUT = "60s"
_TRANSCODER = "envoy.filters.http.grpc_json_transcoder"


def blob_routes() -> list[Node]:
    """Return the routes, of which the first that matches counts.

    A body that says to be too large is refused before it is read; one that says nothing of its
    size is refused by `web`.
    """
    fitting: Node = {
        "name": "content-length",
        "range_match": {"start": 0, "end": LARGEST_BLOB_BYTES + 1},
    }
    sized: Node = {"name": "content-length", "present_match": True}
    return [
        _route(headers=[fitting]),
        {
            "match": {"prefix": BLOBS_PREFIX, "headers": [sized]},
            "direct_response": {"status": 413},
            "typed_per_filter_config": _without_transcoder(),
        },
        _route(headers=[]),
    ]


def _route(*, headers: list[Node]) -> Node:
    return {
        "match": {"prefix": BLOBS_PREFIX, "headers": headers},
        "route": {
            "cluster": WEB_CLUSTER,
            "timeout": DOWNLOAD_TIMEOUT,
            "idle_timeout": IDLE_TIMEOUT,
            # No retries: to send a body again it would have to be gathered here.
        },
        "typed_per_filter_config": _without_transcoder(),
    }


def _without_transcoder() -> Node:
    """Return what keeps these paths from the transcoder, which refuses those it does not know."""
    return {_TRANSCODER: typed("config.route.v3.FilterConfig", disabled=True)}


def web_cluster(port: int) -> Node:
    return {
        "name": WEB_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "load_assignment": {
            "cluster_name": WEB_CLUSTER,
            "endpoints": [
                {
                    "lb_endpoints": [
                        {"endpoint": {"address": socket_address("127.0.0.1", port)}},
                    ]
                }
            ],
        },
        "health_checks": [
            {
                "http_health_check": {"path": "/healthz"},
                "timeout": "1s",
                "interval": "1s",
                # Without traffic Envoy would look once a minute.
                "no_traffic_interval": "1s",
                "no_traffic_healthy_interval": "1s",
                "healthy_threshold": 1,
                "unhealthy_threshold": 2,
            }
        ],
        "circuit_breakers": {
            "thresholds": [
                {"max_connections": 500, "max_pending_requests": 500, "max_requests": 500}
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http_protocol_options": {}},
                common_http_protocol_options={"idle_timeout": CONNECTION_IDLE_TIMEOUT},
            )
        },
    }
