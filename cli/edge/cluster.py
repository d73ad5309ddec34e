"""The server's processes, as the edge sees them: who is asked, who is left out and when."""

from collections.abc import Sequence

from cli.edge.nodes import Node, socket_address, typed
from cli.edge.routes import SERVER_CLUSTER

# Each open stream counts as a request; Envoy's own default is 1,024 for everybody together.
OPEN_REQUESTS = 200_000
HEALTH_INTERVAL = "1s"
# What is read ahead for one reader, and kept while it stalls; Envoy's own default is megabytes.
STREAM_WINDOW_BYTES = 64 * 1024
# All streams of a connection share its window, and what stalled readers left unread stays in it: it
# has to hold as much of every stream, or a few of them hold up all others.
STREAMS_PER_CONNECTION = 1000
CONNECTION_WINDOW_BYTES = STREAMS_PER_CONNECTION * STREAM_WINDOW_BYTES


def server_cluster(ports: Sequence[int]) -> Node:
    return {
        "name": SERVER_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "lb_policy": "ROUND_ROBIN",
        # With nobody healthy, refuse at once rather than try the sick.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "load_assignment": {
            "cluster_name": SERVER_CLUSTER,
            "endpoints": [
                {
                    "lb_endpoints": [
                        {"endpoint": {"address": socket_address("127.0.0.1", port)}}
                        for port in ports
                    ]
                }
            ],
        },
        "health_checks": [
            {
                "grpc_health_check": {},
                "timeout": "1s",
                "interval": HEALTH_INTERVAL,
                # Without traffic Envoy would look once a minute.
                "no_traffic_interval": HEALTH_INTERVAL,
                "no_traffic_healthy_interval": HEALTH_INTERVAL,
                "healthy_threshold": 1,
                # NOT_SERVING counts at once; silence only when it is repeated.
                "unhealthy_threshold": 2,
            }
        ],
        "outlier_detection": {
            "interval": "1s",
            "base_ejection_time": "2s",
            "max_ejection_time": "10s",
            # Only connections that fail speak of the process. An UNAVAILABLE in an answer speaks
            # of the database or a provider, and ejecting every server would not bring them back.
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 3,
            "enforcing_consecutive_local_origin_failure": 100,
            "enforcing_local_origin_success_rate": 0,
            "enforcing_consecutive_5xx": 0,
            "enforcing_consecutive_gateway_failure": 0,
            "enforcing_success_rate": 0,
        },
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 1024,
                    "max_pending_requests": OPEN_REQUESTS,
                    "max_requests": OPEN_REQUESTS,
                    "retry_budget": {
                        "budget_percent": {"value": 20},
                        "min_retry_concurrency": 20,
                    },
                }
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={
                    "http2_protocol_options": {
                        "max_concurrent_streams": STREAMS_PER_CONNECTION,
                        "initial_stream_window_size": STREAM_WINDOW_BYTES,
                        "initial_connection_window_size": CONNECTION_WINDOW_BYTES,
                    }
                },
            )
        },
    }
