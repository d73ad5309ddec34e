"""Traces are off until a setting names their collector, and cost nothing until then."""

import subprocess
import sys

import pytest

from adapters.traces.opening import open_traces
from adapters.traces.ports import SpanKind
from tests.support.trace_collector import trace_collector

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = PARENT.split("-")[1]
SAMPLED = 0x01
WHO_IMPORTS_IT = """
TRACING = ("adapters.traces.tracer", "opentelemetry.exporter", "opentelemetry.sdk.trace")
import sys
import server.child, workers.bootstrap, workers.keeper.main
print(*(name for name in sys.modules if name.startswith(TRACING)))
"""


async def test_without_a_collector_there_are_no_traces() -> None:
    async with open_traces(None, sample_ratio=1, process="test") as traces:
        assert traces is None


def test_no_process_imports_what_traces_need_until_they_are_switched_on() -> None:
    imported = subprocess.run(  # noqa: S603  # our own programs
        [sys.executable, "-c", WHO_IMPORTS_IT], check=True, capture_output=True, text=True
    )

    assert imported.stdout.strip() == ""


async def test_what_has_ended_reaches_the_collector_with_the_name_of_the_service() -> None:
    with trace_collector() as collector:
        async with open_traces(collector.url, sample_ratio=0, process="server 3") as traces:
            assert traces is not None
            span = traces.begin("work", SpanKind.SERVER, parent=PARENT, attributes={"part": 1})
            span.end()

        ((service, told),) = collector.trace(TRACE_ID)

    assert (service, told.name) == ("campotech-server", "work")
    assert told.parent_span_id.hex() == PARENT.split("-")[2]


@pytest.mark.parametrize(("ratio", "is_sampled"), [(0.0, False), (1.0, True)])
async def test_traces_that_begin_here_are_sampled_at_the_ratio(
    ratio: float, *, is_sampled: bool
) -> None:
    with trace_collector() as collector:
        async with open_traces(collector.url, sample_ratio=ratio, process="server 0") as traces:
            assert traces is not None
            span = traces.begin("work", SpanKind.SERVER, parent=None, attributes={})
            span.end()

        told = collector.trace(span.trace_id)

    assert bool(told) is is_sampled
    assert bool(int(span.traceparent[-2:], 16) & SAMPLED) is is_sampled
