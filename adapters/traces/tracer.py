"""The port of traces on OpenTelemetry; imported only where traces are switched on."""

import time
from collections.abc import Mapping

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.traces.ports import Attributes, Span, SpanKind

_PROPAGATOR = TraceContextTextMapPropagator()
_KINDS: Mapping[SpanKind, trace.SpanKind] = {
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
}
_NANOSECONDS = 1_000_000_000


class OpenTelemetryTraces:
    """Hands spans to an OpenTelemetry tracer."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def begin(
        self, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes
    ) -> Span:
        # Never what this task did before: what begins here is told by its parent alone.
        above = _PROPAGATOR.extract({"traceparent": parent or ""}, context=context.Context())
        span = self._tracer.start_span(
            name, context=above, kind=_KINDS[kind], attributes=dict(attributes)
        )
        # Not detached: the context ends with the asyncio task that it belongs to.
        context.attach(trace.set_span_in_context(span, above))
        return OpenTelemetrySpan(span)

    def note(
        self, name: str, kind: SpanKind, *, seconds: float, attributes: Attributes, failure: str
    ) -> None:
        ended_at = time.time_ns()
        span = OpenTelemetrySpan(
            self._tracer.start_span(
                name,
                kind=_KINDS[kind],
                attributes=dict(attributes),
                start_time=ended_at - round(seconds * _NANOSECONDS),
            )
        )
        if failure:
            span.fail(failure)
        span.end(ended_at)


class OpenTelemetrySpan:
    """A span of OpenTelemetry as the port names it."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def trace_id(self) -> str:
        return trace.format_trace_id(self._span.get_span_context().trace_id)

    @property
    def traceparent(self) -> str:
        own = self._span.get_span_context()
        return f"00-{self.trace_id}-{trace.format_span_id(own.span_id)}-{own.trace_flags:02x}"

    def annotate(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def fail(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(trace.StatusCode.ERROR, reason)

    def end(self, at_nanoseconds: int | None = None) -> None:
        self._span.end(at_nanoseconds)
