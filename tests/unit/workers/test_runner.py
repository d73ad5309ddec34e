import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.commands import PLATFORM_ACTOR
from domain.errors import PreconditionError, TemporaryError, UnknownOutcomeError
from domain.identifiers import TaskId
from domain.operations.task import LeaseLostError, ParkTask, ReadyTask, Task, TaskState
from domain.operations.task_type import Tier
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.noted_recording import NotedRecording
from tests.support.task_builders import a_ticket, an_added_task
from tests.support.task_types import HELD, IMPATIENT, NOTE, ORPHAN, TEST_TYPES
from workers.exchange import LedgerExchange
from workers.isolation import Isolation
from workers.leases import Leases
from workers.runner import TaskRunner
from workers.task_run import TaskRun

Answer = Callable[[TaskRun], None]


HURRIED = {**TEST_TYPES, HELD.name: replace(HELD, time_limit_seconds=0.01)}


class Handler:
    """Notes its runs and answers as a test wants; a held one waits."""

    def __init__(self) -> None:
        self.runs: list[TaskRun] = []
        self.answer: Answer = lambda _: None
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def at_once(self, run: TaskRun) -> None:
        self.runs.append(run)
        self.answer(run)

    async def held(self, run: TaskRun) -> None:
        self.runs.append(run)
        self.begun.set()
        await self.may_end.wait()

    async def deaf(self, run: TaskRun) -> None:
        """Go on whatever happens until it may end."""
        self.begun.set()
        while not self.may_end.is_set():
            with suppress(asyncio.CancelledError):
                await self.may_end.wait()

    async def tidy(self, run: TaskRun) -> None:
        """Say what is unknown when it is stopped."""
        try:
            await self.may_end.wait()
        except asyncio.CancelledError as error:
            raise UnknownOutcomeError("The answer was lost.") from error


@pytest.fixture
def ledger() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def leases(ledger: InMemoryTasks) -> Leases:
    return Leases(ledger, renewal_seconds=1)


@pytest.fixture
def runner(ledger: InMemoryTasks, handler: Handler, leases: Leases) -> TaskRunner:
    return TaskRunner(
        tier=Tier.REALTIME,
        exchange=LedgerExchange(ledger, gather_seconds=0),
        leases=leases,
        isolation=Isolation(),
        handlers={
            NOTE.name: handler.at_once,
            IMPATIENT.name: handler.at_once,
            HELD.name: handler.held,
        },
        types=TEST_TYPES,
        draining=asyncio.Event(),
        jitter=lambda: 0.5,
    )


def hurried(runner: TaskRunner, handle: Callable[[TaskRun], Awaitable[None]]) -> TaskRunner:
    """Return a runner whose held tasks have hardly any time."""
    return replace(runner, types=HURRIED, handlers={HELD.name: handle}, stop_seconds=0.01)


async def read(ledger: InMemoryTasks, task: ReadyTask) -> Task:
    return await ledger.get(task.organization_id, task.task_id)


def raising(error: Exception) -> Answer:
    def answer(_: TaskRun) -> None:
        raise error

    return answer


async def test_a_handler_gets_the_payload_and_the_context_of_a_command(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger)

    await runner.run(a_ticket(task))

    (run,) = handler.runs
    assert run.id_of("note") == task.task_id
    assert (run.organization_id, run.type) == (task.organization_id, NOTE.name)
    assert (run.context.actor, run.context.correlation_id) == (PLATFORM_ACTOR, "test")
    assert run.context.task is not None
    assert (run.context.task.task_id, run.context.task.attempt) == (task.task_id, 1)


async def test_an_attempt_is_counted_with_its_outcome(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    recording = NotedRecording()
    handler.answer = raising(TemporaryError("Not now."))

    await runner.run(a_ticket(an_added_task(ledger)))

    await runner.meter.report(recording)
    (counted,) = recording.reports
    note = counted[NOTE.name]
    assert (note.retried, note.succeeded) == (1, 0)
    assert (note.waits.count, note.runs.count) == (1, 1)


async def test_a_task_whose_handler_returns_is_done(
    ledger: InMemoryTasks, runner: TaskRunner
) -> None:
    task = an_added_task(ledger)

    await runner.run(a_ticket(task))

    assert (await read(ledger, task)).state is TaskState.DONE


async def test_a_repeated_ticket_runs_nothing(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger)

    await asyncio.gather(*(runner.run(a_ticket(task)) for _ in range(3)))

    assert len(handler.runs) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TemporaryError("busy"), TaskState.SCHEDULED),
        (KeyError("a mistake"), TaskState.SCHEDULED),
        (asyncio.CancelledError(), TaskState.SCHEDULED),
        (PreconditionError("never"), TaskState.DEAD),
        (ParkTask(60, "rate_limited"), TaskState.PARKED),
    ],
)
async def test_what_a_handler_raises_decides_what_becomes_of_the_task(
    ledger: InMemoryTasks,
    runner: TaskRunner,
    handler: Handler,
    *,
    error: Exception,
    state: TaskState,
) -> None:
    task = an_added_task(ledger)
    handler.answer = raising(error)

    await runner.run(a_ticket(task))

    assert (await read(ledger, task)).state is state


async def test_a_handler_that_lost_its_task_changes_nothing(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger)
    handler.answer = raising(LeaseLostError(TaskId(task.task_id)))

    await runner.run(a_ticket(task))

    assert (await read(ledger, task)).state is TaskState.RUNNING


async def test_a_task_without_a_handler_is_parked(
    ledger: InMemoryTasks, runner: TaskRunner
) -> None:
    task = an_added_task(ledger, ORPHAN)

    await runner.run(a_ticket(task))

    assert (await read(ledger, task)).parked_reason == "no_handler"


async def test_an_attempt_that_takes_too_long_is_stopped_and_has_failed(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger, HELD)

    await hurried(runner, handler.held).run(a_ticket(task))

    failed = await read(ledger, task)
    assert (failed.state, failed.attempt) == (TaskState.SCHEDULED, 1)
    assert failed.attempts[0].error.startswith("TIME_LIMIT_EXCEEDED: ")
    assert not runner.draining.is_set()


async def test_an_attempt_is_stopped_at_the_tasks_deadline(
    ledger: InMemoryTasks, runner: TaskRunner
) -> None:
    task = an_added_task(ledger, HELD, deadline_seconds=0.01)

    await runner.run(a_ticket(task))

    assert (await read(ledger, task)).attempts[0].error.startswith("TIME_LIMIT_EXCEEDED: ")


async def test_what_a_stopped_handler_says_of_the_outcome_is_what_counts(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger, HELD)

    await hurried(runner, handler.tidy).run(a_ticket(task))

    assert (await read(ledger, task)).attempts[0].error.startswith("UNKNOWN_OUTCOME: ")


async def test_a_process_is_replaced_that_cannot_stop_an_attempt_and_keeps_its_lease(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler, leases: Leases
) -> None:
    task = an_added_task(ledger, HELD)
    running = asyncio.create_task(hurried(runner, handler.deaf).run(a_ticket(task)))

    await asyncio.wait_for(runner.draining.wait(), timeout=5)

    ledger.now += timedelta(seconds=5)
    await leases.renew()
    ledger.now += timedelta(seconds=5)
    reaped = await ledger.reap(10)
    assert reaped.to_push == []
    assert (await read(ledger, task)).state is TaskState.RUNNING
    handler.may_end.set()
    await running


async def test_a_payload_of_a_later_version_waits_for_a_build_that_knows_it(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger)
    ledger.payload_version = 2

    await runner.run(a_ticket(task))

    assert handler.runs == []
    assert (await read(ledger, task)).parked_reason == "no_handler"


async def test_running_tasks_that_are_called_off_are_given_back(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler, leases: Leases
) -> None:
    task = an_added_task(ledger, HELD)
    running = asyncio.create_task(runner.run(a_ticket(task)))
    await handler.begun.wait()

    called_off = leases.call_off_all()
    was_dealt_with = await running

    returned = await read(ledger, task)
    assert (called_off, was_dealt_with) == (1, False)
    assert (returned.state, returned.attempt) == (TaskState.READY, 0)


async def test_nothing_new_is_begun_while_the_process_stops(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger)
    runner.draining.set()

    was_dealt_with = await runner.run(a_ticket(task))

    assert not was_dealt_with
    assert handler.runs == []


async def test_the_outcome_is_kept_until_the_ledger_is_back(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    task = an_added_task(ledger, HELD)
    running = asyncio.create_task(runner.run(a_ticket(task)))
    await handler.begun.wait()
    ledger.is_away = True
    handler.may_end.set()
    done, _ = await asyncio.wait({running}, timeout=0.05)
    assert not done

    ledger.is_away = False
    await running

    assert (await read(ledger, task)).state is TaskState.DONE


async def test_a_task_that_crashed_twice_has_the_process_to_itself(
    ledger: InMemoryTasks, runner: TaskRunner, handler: Handler
) -> None:
    held, suspect = an_added_task(ledger, HELD), an_added_task(ledger)
    beside = asyncio.create_task(runner.run(a_ticket(held)))
    await handler.begun.wait()
    alone = asyncio.create_task(runner.run(a_ticket(suspect, is_alone=True)))
    await asyncio.sleep(0.01)
    runs_before = len(handler.runs)

    handler.may_end.set()
    await asyncio.gather(beside, alone)

    assert (runs_before, len(handler.runs)) == (1, 2)
