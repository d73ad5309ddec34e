"""What Envoy itself answers: to JSON callers in the shape of every error of the servers."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf import any_pb2, json_format
from google.protobuf.message import Message

from cli.edge import caller_limit
from cli.edge.nodes import Node
from server.errors import ERROR_DOMAIN

TEXT = "%LOCAL_REPLY_BODY%"


@dataclass(frozen=True, slots=True)
class EdgeError:
    """An HTTP status of Envoy's own, with the gRPC code and the reason that callers know it by."""

    http_status: int
    grpc_code: int
    reason: str
    message: str = TEXT
    details: Sequence[Message] = ()


CALLER_LIMIT = EdgeError(429, 8, caller_limit.REASON, caller_limit.MESSAGE, caller_limit.DETAILS)
EDGE_ERRORS = (
    EdgeError(400, 3, "MALFORMED_REQUEST"),
    EdgeError(404, 5, "PATH_NOT_FOUND", "There is no such method or path."),
    EdgeError(408, 4, "REQUEST_TIMEOUT"),
    EdgeError(413, 3, "REQUEST_TOO_LARGE", "The body is larger than this path takes."),
    EdgeError(415, 3, "MALFORMED_REQUEST"),
    CALLER_LIMIT,
    EdgeError(431, 3, "REQUEST_TOO_LARGE", "The headers are larger than 32 KiB."),
    EdgeError(503, 14, "SERVER_UNAVAILABLE", "No server can answer now. Try again."),
    EdgeError(504, 4, "SERVER_TIMEOUT", "The server took too long to answer."),
)
OTHERWISE = EdgeError(500, 2, "EDGE_FAILED")

# gRPC-Web is gRPC already where the caller limit stands, and JSON is not yet.
IS_GRPC: Node = {
    "header_filter": {
        "header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    }
}


def local_reply_config() -> Node:
    is_for_grpc: Node = {"and_filter": {"filters": [IS_GRPC, _has_status(CALLER_LIMIT)]}}
    return {
        # The first that fits counts.
        "mappers": [caller_limit.grpc_reply(is_for_grpc), *map(_mapper, EDGE_ERRORS)],
        "body_format": _body(OTHERWISE),
    }


def _mapper(error: EdgeError) -> Node:
    return {"filter": _has_status(error), "body_format_override": _body(error)}


def _has_status(error: EdgeError) -> Node:
    return {
        "status_code_filter": {
            "comparison": {
                "op": "EQ",
                "value": {
                    "default_value": error.http_status,
                    "runtime_key": f"edge.local_reply.{error.http_status}",
                },
            }
        }
    }


def _body(error: EdgeError) -> Node:
    """Return a google.rpc.Status with an ErrorInfo, as the servers send them."""
    info: Node = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": error.reason,
        "domain": ERROR_DOMAIN,
        "metadata": {},
    }
    return {
        "json_format": {
            "code": error.grpc_code,
            "message": error.message,
            "details": [info, *map(_as_json, error.details)],
        },
        "content_type": "application/json",
    }


def _as_json(detail: Message) -> Node:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return json_format.MessageToDict(packed)
