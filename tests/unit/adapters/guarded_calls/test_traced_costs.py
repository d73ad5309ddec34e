"""Entries in the books of outside calls, as spans."""

import pytest
from opentelemetry.trace import StatusCode

from adapters.guarded_calls.ports import CallOutcome
from adapters.guarded_calls.traced_costs import TracedCallCosts
from adapters.traces.ports import SpanKind
from tests.support.guarded import NotedCosts
from tests.support.seen_traces import SeenTraces, parent_id_of, says, span_id_of


@pytest.mark.parametrize(
    ("outcome", "is_error"),
    [
        (CallOutcome.OK, False),
        (CallOutcome.REFUSED, False),
        (CallOutcome.FAILED, True),
        (CallOutcome.TIMED_OUT, True),
        (CallOutcome.CANCELLED, True),
    ],
)
async def test_a_try_is_a_span_under_the_task_that_wanted_it(
    outcome: CallOutcome, *, is_error: bool
) -> None:
    traces, books = SeenTraces(), NotedCosts()
    attempt = traces.begin("task", SpanKind.CONSUMER, parent=None, attributes={})

    TracedCallCosts(books, traces).record("arca", "Ask", outcome=outcome, duration_seconds=1.5)
    attempt.end()

    call, task = traces.spans
    assert call.name == "arca Ask"
    assert parent_id_of(call) == span_id_of(task)
    assert (call.end_time or 0) - (call.start_time or 0) == 1_500_000_000
    assert says(call)["campotech.call.outcome"] == outcome.value
    assert (call.status.status_code is StatusCode.ERROR) is is_error
    assert books.outcomes == [("Ask", outcome)]


async def test_a_call_that_was_not_made_says_why() -> None:
    traces, books = SeenTraces(), NotedCosts()

    TracedCallCosts(books, traces).held_back("arca", "breaker_open")

    (span,) = traces.spans
    assert (span.name, says(span)["campotech.call.held_back"]) == ("arca held back", "breaker_open")
    assert books.causes == ["breaker_open"]
