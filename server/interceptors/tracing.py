"""A span for every unary call; in the chain only where traces are switched on."""

from contextvars import ContextVar

import grpc
import structlog

from adapters.traces.ports import Span, SpanKind, Traces
from server.calls import Call, Interceptor

_OUR_FAULT = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""What OpenTelemetry's conventions count as an error of a server; the rest are answers."""
# gRPC's own services: health, reflection, channelz.
_NOT_OURS = "grpc."

_SPAN: ContextVar[Span | None] = ContextVar("span", default=None)


class TracingInterceptor(Interceptor):
    """Goes on with the caller's trace or begins one; what the call sets in motion belongs to it.

    A stream is open for hours, and its span would be told when nobody looks for it any more: it
    carries its caller's trace without one of its own.
    """

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    def begin(self, call: Call) -> None:
        method = call.method
        if method.is_stream or method.service.startswith(_NOT_OURS):
            return
        span = self._traces.begin(
            method.path[1:],
            SpanKind.SERVER,
            parent=call.traceparent,
            attributes={
                "rpc.system": "grpc",
                "rpc.service": method.service,
                "rpc.method": method.name,
                "campotech.request_id": call.request_id,
            },
        )
        # For commands: their tasks carry it on.
        call.traceparent = span.traceparent
        structlog.contextvars.bind_contextvars(trace_id=span.trace_id)
        _SPAN.set(span)

    def finished(self, call: Call) -> None:
        span = _SPAN.get()
        if span is None:
            return
        number, _ = call.code.value
        span.annotate(
            {
                "rpc.grpc.status_code": number,
                "campotech.organization_id": call.organization_id,
                "campotech.reason": call.reason,
            }
        )
        if call.code in _OUR_FAULT:
            span.fail(call.code.name)
        span.end()
