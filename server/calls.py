"""One call as it passes through the server: what interceptors and handlers know of it."""

import time
from collections.abc import Awaitable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message

from server.errors import Refusal

ServicerContext: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""What gRPC tells a handler; the frame serves every pair of messages, hence Any."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a service, by its path: `/campotech.jobs.v1.JobService/GetJob`."""

    path: str
    is_stream: bool

    @property
    def service(self) -> str:
        return self.path[1:].partition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Call:
    """One call from its first byte to its status. Interceptors fill it in as they go."""

    __slots__ = (
        "code",
        "context",
        "error",
        "has_place",
        "metadata",
        "method",
        "organization_id",
        "reason",
        "refusal",
        "request_id",
        "started_at",
        "stream_owner",
        "timeout_seconds",
        "traceparent",
    )

    def __init__(self, method: Method, context: ServicerContext) -> None:
        self.method = method
        self.context = context
        self.metadata: Mapping[str, str | bytes] = dict(context.invocation_metadata() or ())
        self.started_at = time.perf_counter()
        self.request_id = ""
        self.traceparent: str | None = None
        self.organization_id = ""
        """For logs; handlers ask `server.caller`."""
        self.timeout_seconds: float | None = None
        """How long the handler may take, where the caller's own deadline does not say so."""
        self.has_place = False
        """Whether it is counted among the calls that are under way."""
        self.stream_owner = ""
        """Among whose open streams this call is counted."""
        self.code = grpc.StatusCode.OK
        self.reason = ""
        self.error: Exception | None = None
        self.refusal: Refusal | None = None
        """What the caller is told where the handler raised."""

    @property
    def seconds_taken(self) -> float:
        return time.perf_counter() - self.started_at

    def header(self, name: str) -> str:
        """Return a header of the request as text, empty where there is none."""
        value = self.metadata.get(name, "")
        return value if isinstance(value, str) else ""


class Interceptor:
    """One concern of every call. A hook that a concern does not override costs nothing."""

    def begin(self, call: Call) -> Awaitable[None] | None:
        """Do what comes before the handler; raise to refuse the call."""

    def received(self, call: Call, message: Message) -> None:
        """Look at a request message, the one or each of the stream; raise to refuse it."""

    def failed(self, call: Call, error: Exception) -> None:
        """Decide what the caller is told about an exception."""

    def finished(self, call: Call) -> None:
        """Note how the call ended: `call.code`."""


_CALL: ContextVar[Call] = ContextVar("call")


def set_current_call(call: Call) -> None:
    """Say which call this task serves."""
    _CALL.set(call)


def current_call() -> Call:
    """Return the call that this task serves; LookupError outside of any."""
    return _CALL.get()
