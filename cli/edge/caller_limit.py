"""Refuses at the edge who goes on calling far beyond its limit, at next to no cost.

The servers count exactly, by caller and organisation, and let each call come when it is due; but a
refusal takes them half as long as an answer (docs/adr/0011). Here a caller is who sends the same
token. A window's worth may be called at once, and then as often as the limit says.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2

from cli.edge.nodes import Node, typed
from domain.limits.limit import CallLimitExceededError
from server.errors import ERROR_DOMAIN, LOCALE, Refusal
from server.spanish import spanish_message

REASON = CallLimitExceededError.reason
MESSAGE = "Too many calls with this token."
DETAILS: Sequence[Message] = (
    error_details_pb2.LocalizedMessage(
        locale=LOCALE, message=spanish_message(REASON, grpc.StatusCode.RESOURCE_EXHAUSTED)
    ),
    error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1)),
)
"""What callers are told beside message and reason."""
MOST_CALLERS = 20_000
"""So many are told apart; beyond that the one who has been quiet for longest is forgotten."""
_KEY = "caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLimit:
    """What the servers grant a caller."""

    calls_per_second: float = 50.0
    window_seconds: int = 10


DEFAULT_CALLER_LIMIT = CallerLimit()


def caller_limit_filter(limit: CallerLimit) -> Node:
    return {
        "name": "envoy.filters.http.local_ratelimit",
        "typed_config": typed(
            "extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            stat_prefix="callers",
            filter_enabled=_always("edge.caller_limit.enabled"),
            filter_enforced=_always("edge.caller_limit.enforced"),
            # Without a token there is nothing to tell callers apart by: the servers count those.
            rate_limits=[
                {
                    "actions": [
                        {
                            "request_headers": {
                                "header_name": "authorization",
                                "descriptor_key": _KEY,
                            }
                        }
                    ]
                }
            ],
            # Without a value: a bucket for each that comes.
            descriptors=[{"entries": [{"key": _KEY}], "token_bucket": _bucket(limit)}],
            max_dynamic_descriptors=MOST_CALLERS,
            always_consume_default_token_bucket=False,
            rate_limited_as_resource_exhausted=True,
        ),
    }


def grpc_reply(condition: Node) -> Node:
    """Return how callers over gRPC and gRPC-Web are told, where the condition holds.

    All in headers: whoever calls over gRPC-Web gets the answer of an HTTP server otherwise.
    """
    headers = {
        "grpc-status": str(grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]),
        "grpc-message": MESSAGE,
        "grpc-status-details-bin": _status(),
    }
    return {
        "filter": condition,
        "status_code": 200,
        "headers_to_add": [
            {
                "header": {"key": key, "value": value},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
            for key, value in headers.items()
        ],
        "body_format_override": {
            "text_format_source": {"inline_string": ""},
            "content_type": "application/grpc",
        },
    }


def _bucket(limit: CallerLimit) -> Node:
    # Many servers together grant a whole window's worth at once.
    window = math.ceil(limit.calls_per_second * limit.window_seconds)
    per_second = math.ceil(limit.calls_per_second)
    return {"max_tokens": window, "tokens_per_fill": per_second, "fill_interval": "1s"}


def _always(key: str) -> Node:
    hundred = {"numerator": 100, "denominator": "HUNDRED"}
    return {"default_value": hundred, "runtime_key": key}


def _status() -> str:
    """Return what the servers would say, as a header of gRPC carries it."""
    refusal = Refusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        MESSAGE,
        REASON,
        [error_details_pb2.ErrorInfo(reason=REASON, domain=ERROR_DOMAIN), *DETAILS],
    )
    ((_, status),) = refusal.trailing_metadata()
    return base64.b64encode(status).decode().rstrip("=")
