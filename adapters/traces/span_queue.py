"""Finished spans on their way to the collector: bounded, in batches, and dropped when it is away.

OpenTelemetry's own processor neither counts what it drops nor bounds its end in time.
"""

import queue
import threading
import time
from contextlib import suppress

import structlog
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client import Counter

MOST_WAITING = 4096
LARGEST_BATCH = 512
GATHER_SECONDS = 1.0

EXPORTED = Counter("campotech_spans_exported", "Spans that the collector has taken.")
DROPPED = Counter(
    "campotech_spans_dropped",
    "Spans that nobody will see: too many waited, or the collector did not take them.",
    ["cause"],
)

_log = structlog.get_logger(__name__)


class SpanQueue(SpanProcessor):
    """Exports from a thread of its own, so that nothing that is traced ever waits for it."""

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        most_waiting: int = MOST_WAITING,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._exporter = exporter
        self._gather_seconds = gather_seconds
        self._waiting: queue.Queue[ReadableSpan] = queue.Queue(most_waiting)
        self._closing = threading.Event()
        self._is_away = False
        self._thread = threading.Thread(target=self._keep_exporting, name="spans", daemon=True)
        self._thread.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: only what has ended is told."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended; never waits."""
        own = span.get_span_context()
        if own is None or not own.trace_flags.sampled:
            return
        try:
            self._waiting.put_nowait(span)
        except queue.Full:
            DROPPED.labels("queue_full").inc()

    def close(self, *, within_seconds: float) -> None:
        """Export what waits, for so long at most; what is left then is dropped."""
        self._closing.set()
        self._thread.join(within_seconds)
        # Where it is still at work, this cuts its call off.
        self._exporter.shutdown()
        DROPPED.labels("stopped").inc(len(self._take(self._waiting.qsize())))

    def _keep_exporting(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._closing.wait(self._gather_seconds)
            # As many as were there: those that come meanwhile may not keep it from closing.
            self._export_all(self._waiting.qsize())

    def _export_all(self, count: int) -> None:
        while batch := self._take(min(count, LARGEST_BATCH)):
            self._export(batch)
            count -= len(batch)

    def _take(self, count: int) -> list[ReadableSpan]:
        taken: list[ReadableSpan] = []
        with suppress(queue.Empty):
            while len(taken) < count:
                taken.append(self._waiting.get_nowait())
        return taken

    def _export(self, batch: list[ReadableSpan]) -> None:
        begun_at = time.monotonic()
        is_taken = self._exporter.export(batch) is SpanExportResult.SUCCESS
        if is_taken:
            EXPORTED.inc(len(batch))
        else:
            DROPPED.labels("collector_away").inc(len(batch))
        if is_taken is self._is_away:
            self._is_away = not is_taken
            seconds = round(time.monotonic() - begun_at, 1)
            _log.warning("traces_not_taken" if self._is_away else "traces_taken", seconds=seconds)
