"""Build the configuration of the edge: gRPC, gRPC-Web and JSON on one port, for every method."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.edge.blobs import web_cluster
from cli.edge.caller_limit import DEFAULT_CALLER_LIMIT, CallerLimit
from cli.edge.cluster import OPEN_REQUESTS, server_cluster
from cli.edge.contract import Contract
from cli.edge.filters import http_filters
from cli.edge.local_replies import local_reply_config
from cli.edge.nodes import Node, socket_address, typed
from cli.edge.routes import LARGEST_JSON_BODY_BYTES, STREAM_IDLE_TIMEOUT, route_configuration

STREAMS_PER_CONNECTION = 100
# What waits for a connection that reads nothing; bodies that are gathered have limits of their own.
CONNECTION_BUFFER_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where the edge listens, what it stands before, and which web pages may call it."""

    address: str
    port: int
    admin_port: int
    server_ports: Sequence[int]
    cors_origins: Sequence[str]
    max_deadline_seconds: float = 60.0
    """The longest deadline that the servers give a unary call."""
    caller_limit: CallerLimit = DEFAULT_CALLER_LIMIT
    web_port: int | None = None
    """Where `web` listens; None where nobody serves blobs from a folder."""


def envoy_configuration(edge: Edge, contract: Contract) -> Node:
    return {
        "admin": {"address": socket_address("127.0.0.1", edge.admin_port)},
        "static_resources": {
            "listeners": [_listener(edge, contract)],
            "clusters": [
                server_cluster(edge.server_ports),
                *([] if edge.web_port is None else [web_cluster(edge.web_port)]),
            ],
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": typed(
                        "extensions.resource_monitors.downstream_connections.v3"
                        ".DownstreamConnectionsConfig",
                        max_active_downstream_connections=OPEN_REQUESTS,
                    ),
                }
            ]
        },
    }


def _listener(edge: Edge, contract: Contract) -> Node:
    return {
        "name": "edge",
        "address": socket_address(edge.address, edge.port),
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER_BYTES,
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(edge, contract),
                    }
                ]
            }
        ],
    }


def _connection_manager(edge: Edge, contract: Contract) -> Node:
    return typed(
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="edge",
        codec_type="AUTO",
        server_name="campotech",
        # Nobody is so near that their x-envoy-* headers may steer retries and timeouts.
        use_remote_address=True,
        internal_address_config={"cidr_ranges": []},
        preserve_external_request_id=True,
        always_set_request_id_in_response=True,
        normalize_path=True,
        max_request_headers_kb=32,
        stream_idle_timeout=STREAM_IDLE_TIMEOUT,
        # Headers within this; a body is covered by its method's timeout.
        request_headers_timeout="10s",
        common_http_protocol_options={"idle_timeout": STREAM_IDLE_TIMEOUT},
        http2_protocol_options={
            "max_concurrent_streams": STREAMS_PER_CONNECTION,
            "initial_stream_window_size": 65_536,
            "initial_connection_window_size": LARGEST_JSON_BODY_BYTES,
            # A phone that lost its network says nothing; this notices.
            "connection_keepalive": {"interval": "60s", "timeout": "20s"},
        },
        access_log=[_access_log()],
        local_reply_config=local_reply_config(),
        route_config=route_configuration(
            contract,
            cors_origins=edge.cors_origins,
            max_deadline_seconds=edge.max_deadline_seconds,
            has_web=edge.web_port is not None,
        ),
        http_filters=http_filters(contract, edge.caller_limit),
    )


def _access_log() -> Node:
    """Log what went wrong; the servers log every request, with more to say."""
    return {
        "name": "envoy.access_loggers.stdout",
        "filter": {
            "or_filter": {
                "filters": [
                    {"status_code_filter": {"comparison": _at_least(500, "edge.log.status")}},
                    {"grpc_status_filter": {"statuses": ["UNAVAILABLE", "INTERNAL", "UNKNOWN"]}},
                ]
            }
        },
        "typed_config": typed(
            "extensions.access_loggers.stream.v3.StdoutAccessLog",
            log_format={
                "json_format": {
                    "time": "%START_TIME%",
                    "event": "edge_request_failed",
                    "request_id": "%REQ(X-REQUEST-ID)%",
                    "method": "%REQ(:METHOD)%",
                    # Without the query, which may hold what should not be logged.
                    "path": "%PATH(NQ:ORIG_OR_PATH)%",
                    "status": "%RESPONSE_CODE%",
                    "grpc_status": "%GRPC_STATUS%",
                    "duration_ms": "%DURATION%",
                    "reason": "%RESPONSE_CODE_DETAILS%",
                    "flags": "%RESPONSE_FLAGS%",
                    "server": "%UPSTREAM_HOST%",
                }
            },
        ),
    }


def _at_least(value: int, key: str) -> Node:
    return {"op": "GE", "value": {"default_value": value, "runtime_key": key}}
