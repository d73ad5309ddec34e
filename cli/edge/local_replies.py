"""What Envoy itself answers to JSON callers, in the same shape as every error of the servers."""

from dataclasses import dataclass

from cli.edge.nodes import Node

TEXT = "%LOCAL_REPLY_BODY%"


@dataclass(frozen=True, slots=True)
class EdgeError:
    """An HTTP status of Envoy's own, with the gRPC code and the reason that callers know it by."""

    http_status: int
    grpc_code: int
    reason: str
    message: str = TEXT


EDGE_ERRORS = (
    EdgeError(400, 3, "MALFORMED_REQUEST"),
    EdgeError(404, 5, "PATH_NOT_FOUND", "There is no such method or path."),
    EdgeError(408, 4, "REQUEST_TIMEOUT"),
    EdgeError(413, 3, "REQUEST_TOO_LARGE", "The body is larger than this path takes."),
    EdgeError(415, 3, "MALFORMED_REQUEST"),
    EdgeError(429, 8, "TOO_MANY_REQUESTS"),
    EdgeError(431, 3, "REQUEST_TOO_LARGE", "The headers are larger than 32 KiB."),
    EdgeError(503, 14, "SERVER_UNAVAILABLE", "No server can answer now. Try again."),
    EdgeError(504, 4, "SERVER_TIMEOUT", "The server took too long to answer."),
)
OTHERWISE = EdgeError(500, 2, "EDGE_FAILED")


def local_reply_config() -> Node:
    return {
        "mappers": [_mapper(error) for error in EDGE_ERRORS],
        "body_format": _body(OTHERWISE),
    }


def _mapper(error: EdgeError) -> Node:
    return {
        "filter": {
            "status_code_filter": {
                "comparison": {
                    "op": "EQ",
                    "value": {
                        "default_value": error.http_status,
                        "runtime_key": f"edge.local_reply.{error.http_status}",
                    },
                }
            }
        },
        "body_format_override": _body(error),
    }


def _body(error: EdgeError) -> Node:
    """Return a google.rpc.Status with one ErrorInfo, as the servers send them."""
    return {
        "json_format": {
            "code": error.grpc_code,
            "message": error.message,
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": error.reason,
                    "domain": "campotech.dev",
                    "metadata": {},
                }
            ],
        },
        "content_type": "application/json",
    }
