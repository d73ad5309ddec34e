"""Traces for tests: real spans, kept in memory instead of being sent to a collector."""

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext, format_span_id, format_trace_id

from adapters.traces.tracer import OpenTelemetryTraces


class SeenTraces(OpenTelemetryTraces):
    """The port of traces, and the spans that have ended."""

    def __init__(self) -> None:
        self._memory = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._memory))
        super().__init__(provider.get_tracer("test"))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """Return what has ended, in this order."""
        return self._memory.get_finished_spans()


def trace_id_of(span: ReadableSpan) -> str:
    return format_trace_id(_context_of(span).trace_id)


def span_id_of(span: ReadableSpan) -> str:
    return format_span_id(_context_of(span).span_id)


def parent_id_of(span: ReadableSpan) -> str:
    """Return the id of the span above, empty for the first of a trace."""
    return format_span_id(span.parent.span_id) if span.parent else ""


def says(span: ReadableSpan) -> dict[str, object]:
    """Return the attributes of a span."""
    return dict(span.attributes or {})


def _context_of(span: ReadableSpan) -> SpanContext:
    return span.get_span_context() or INVALID_SPAN_CONTEXT
