"""Spans on their way out: bounded, counted, and never waited for."""

import threading
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from structlog.testing import capture_logs

from adapters.traces.span_queue import DROPPED, EXPORTED, SpanQueue
from tests.support.waiting import eventually


class Collector(SpanExporter):
    """Takes spans, refuses them, or holds them up until it is told to go on or is shut down."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_away = False
        self.has_begun = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.has_begun.set()
        self.may_answer.wait()
        if self.is_away:
            return SpanExportResult.FAILURE
        self.taken += [span.name for span in spans]
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.is_away = True
        self.may_answer.set()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.shutdown()


def end_spans(spans: SpanQueue, *names: str) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    tracer = provider.get_tracer("test")
    for name in names:
        tracer.start_span(name).end()


def dropped(cause: str) -> float:
    (metric,) = DROPPED.labels(cause).collect()
    return metric.samples[0].value


def exported() -> float:
    (metric,) = EXPORTED.collect()
    return metric.samples[0].value


def test_what_waits_is_exported_when_the_process_ends(collector: Collector) -> None:
    before = exported()
    spans = SpanQueue(collector, gather_seconds=60)
    end_spans(spans, "one", "two")

    spans.close(within_seconds=5)

    assert collector.taken == ["one", "two"]
    assert exported() - before == 2


def test_spans_are_exported_while_the_process_runs(collector: Collector) -> None:
    spans = SpanQueue(collector, gather_seconds=0.01)

    end_spans(spans, "one")

    assert eventually(lambda: collector.taken == ["one"])
    spans.close(within_seconds=5)


def test_more_than_may_wait_are_dropped_and_counted(collector: Collector) -> None:
    before = dropped("queue_full")
    collector.may_answer.clear()
    spans = SpanQueue(collector, most_waiting=2, gather_seconds=60)

    end_spans(spans, "one", "two", "three", "four", "five")

    assert dropped("queue_full") - before == 3
    collector.may_answer.set()
    spans.close(within_seconds=5)
    assert collector.taken == ["one", "two"]


def test_what_the_collector_does_not_take_is_dropped_and_said_once(collector: Collector) -> None:
    before = dropped("collector_away")
    collector.is_away = True
    spans = SpanQueue(collector, gather_seconds=0.01)

    with capture_logs() as events:
        end_spans(spans, "one")
        assert eventually(lambda: dropped("collector_away") - before == 1)
        end_spans(spans, "two")
        assert eventually(lambda: dropped("collector_away") - before == 2)
        collector.is_away = False
        end_spans(spans, "three")
        assert eventually(lambda: collector.taken == ["three"])
        spans.close(within_seconds=5)

    assert [event["event"] for event in events] == ["traces_not_taken", "traces_taken"]


def test_a_collector_that_hangs_does_not_keep_the_process_from_ending(
    collector: Collector,
) -> None:
    before = dropped("stopped")
    collector.may_answer.clear()
    spans = SpanQueue(collector, gather_seconds=0.01)
    end_spans(spans, "one")
    assert collector.has_begun.wait(5)
    end_spans(spans, "two", "three")

    spans.close(within_seconds=0.01)

    assert dropped("stopped") - before == 2
