"""Attempts at tasks, as spans."""

import asyncio

import pytest
import structlog
from opentelemetry.trace import StatusCode

from domain.commands import TaskClaim
from domain.errors import HeldBackError, PreconditionError
from domain.identifiers import TaskId
from domain.operations.task import ParkTask
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import new_id
from tests.support.seen_traces import SeenTraces, parent_id_of, says, span_id_of, trace_id_of
from workers.task_run import Handler, TaskRun
from workers.traced_handlers import traced_handlers

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TASK_ID = TaskId(new_id())


def a_run(traceparent: str | None = PARENT) -> TaskRun:
    organization_id = an_organization_id()
    claim = TaskClaim(task_id=TASK_ID, fencing_token=1, attempt=2)
    context = a_context(organization_id, traceparent=traceparent, task=claim)
    return TaskRun(organization_id=organization_id, type="a:task", payload={}, context=context)


def failing_with(error: BaseException) -> Handler:
    async def handle(_: TaskRun) -> None:
        raise error

    return handle


async def attempt(handler: Handler, traces: SeenTraces, run: TaskRun | None = None) -> None:
    """Run a handler as the runner does, in an asyncio task of its own."""
    traced = traced_handlers({"a:task": handler}, traces)["a:task"]
    await asyncio.ensure_future(traced(run or a_run()))


async def test_an_attempt_belongs_to_the_trace_that_dispatched_its_task() -> None:
    traces = SeenTraces()
    seen: list[TaskRun] = []

    async def note(run: TaskRun) -> None:
        seen.append(run)

    await attempt(note, traces)

    (span,) = traces.spans
    assert (span.name, parent_id_of(span)) == ("a:task", PARENT.split("-")[2])
    assert says(span)["campotech.task.id"] == str(TASK_ID)
    assert says(span)["campotech.task.attempt"] == 2
    assert span.status.status_code is StatusCode.UNSET
    assert seen[0].context.traceparent == f"00-{trace_id_of(span)}-{span_id_of(span)}-01"


async def test_a_task_that_nobody_asked_for_begins_a_trace() -> None:
    traces = SeenTraces()

    async def work(_: TaskRun) -> None:
        pass

    await attempt(work, traces, a_run(None))
    await attempt(work, traces, a_run(None))

    first, second = traces.spans
    assert parent_id_of(first) == ""
    assert trace_id_of(first) != trace_id_of(second)


async def test_what_an_attempt_logs_carries_the_trace() -> None:
    traces = SeenTraces()
    bound: list[object] = []

    async def log(_: TaskRun) -> None:
        bound.append(structlog.contextvars.get_contextvars().get("trace_id"))

    await attempt(log, traces)

    assert bound == [PARENT.split("-")[1]]


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (PreconditionError("Customer Ana Gómez is gone."), "PRECONDITION_FAILED"),
        (RuntimeError("Ana Gómez"), "RuntimeError"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
)
async def test_an_attempt_that_failed_says_so_without_the_message(
    error: BaseException, word: str
) -> None:
    traces = SeenTraces()

    with pytest.raises(type(error)):
        await attempt(failing_with(error), traces)

    (span,) = traces.spans
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, word)
    assert "Ana" not in span.to_json()


@pytest.mark.parametrize(
    ("order", "word"),
    [
        (ParkTask(60, "retry_after"), "retry_after"),
        (HeldBackError("Not now.", cause="breaker_open", retry_after_seconds=1), "breaker_open"),
    ],
)
async def test_an_attempt_that_was_parked_has_not_failed(order: Exception, word: str) -> None:
    traces = SeenTraces()

    with pytest.raises(type(order)):
        await attempt(failing_with(order), traces)

    (span,) = traces.spans
    assert says(span)["campotech.task.parked"] == word
    assert span.status.status_code is StatusCode.UNSET
