from datetime import timedelta

import pytest

from domain.errors import TemporaryError
from domain.operations.claim import CRASH_LIMIT
from domain.operations.task import ReadyTask, TaskState
from tests.support.in_memory_queues import InMemoryQueues
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import a_ticket, an_added_task
from workers.keeper.reaper import Reaper

GRACE = 3.0


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ledger() -> InMemoryTasks:
    return InMemoryTasks(lease_seconds=6)


@pytest.fixture
def queues() -> InMemoryQueues:
    return InMemoryQueues()


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
async def reaper(ledger: InMemoryTasks, queues: InMemoryQueues, stopwatch: Stopwatch) -> Reaper:
    """Return a reaper that has been at work long enough to take something."""
    reaper = Reaper(ledger, queues, grace_seconds=GRACE, monotonic=stopwatch)
    await reaper.work()
    stopwatch.now += GRACE
    return reaper


async def left_behind(ledger: InMemoryTasks, task: ReadyTask) -> None:
    """Have a worker claim the task and die."""
    assert await ledger.exchange([], [a_ticket(task, is_alone=True)])
    ledger.now += timedelta(seconds=7)


async def test_what_a_dead_worker_held_is_brought_to_the_others_at_once(
    ledger: InMemoryTasks, queues: InMemoryQueues, reaper: Reaper
) -> None:
    task = an_added_task(ledger)
    await left_behind(ledger, task)

    await reaper.work()

    assert [item.task for item in queues.waiting] == [task]


async def test_what_is_renewed_is_left_alone(
    ledger: InMemoryTasks, queues: InMemoryQueues, reaper: Reaper
) -> None:
    await ledger.exchange([], [a_ticket(an_added_task(ledger))])
    ledger.now += timedelta(seconds=5)

    await reaper.work()

    assert queues.waiting == []


async def test_a_task_that_crashed_twice_is_brought_to_run_alone(
    ledger: InMemoryTasks, queues: InMemoryQueues, reaper: Reaper
) -> None:
    task = an_added_task(ledger)
    for _ in range(2):
        await left_behind(ledger, task)
        await reaper.work()

    assert [item.is_alone for item in queues.waiting] == [False, True]


async def test_a_task_that_crashed_too_often_is_dead(
    ledger: InMemoryTasks, queues: InMemoryQueues, reaper: Reaper
) -> None:
    task = an_added_task(ledger)
    for _ in range(CRASH_LIMIT):
        await left_behind(ledger, task)
        await reaper.work()

    assert len(queues.waiting) == CRASH_LIMIT - 1
    assert (await ledger.get(task.organization_id, task.task_id)).state is TaskState.DEAD


async def test_while_the_broker_is_away_reaped_tasks_wait_for_the_relay(
    ledger: InMemoryTasks, queues: InMemoryQueues, reaper: Reaper
) -> None:
    task = an_added_task(ledger)
    await left_behind(ledger, task)
    queues.is_away = True

    with pytest.raises(TemporaryError):
        await reaper.work()

    unpushed = await ledger.take_unpushed(task.tier, 10)
    assert [item.task for item in unpushed] == [task]


async def test_after_the_ledger_was_away_workers_get_time_to_renew(
    ledger: InMemoryTasks, reaper: Reaper, stopwatch: Stopwatch
) -> None:
    task = an_added_task(ledger)
    (held,) = await ledger.exchange([], [a_ticket(task)])
    ledger.is_away = True
    ledger.now += timedelta(seconds=60)
    with pytest.raises(TemporaryError):
        await reaper.work()
    stopwatch.now += 60
    ledger.is_away = False

    await reaper.work()
    await ledger.renew([held])
    stopwatch.now += GRACE
    await reaper.work()

    assert (await ledger.get(task.organization_id, task.task_id)).state is TaskState.RUNNING


async def test_once_that_time_is_over_nobody_is_spared(
    ledger: InMemoryTasks, queues: InMemoryQueues, stopwatch: Stopwatch
) -> None:
    task = an_added_task(ledger)
    await left_behind(ledger, task)
    reaper = Reaper(ledger, queues, grace_seconds=GRACE, monotonic=stopwatch)
    await reaper.work()
    spared = list(queues.waiting)

    stopwatch.now += GRACE
    await reaper.work()

    assert (spared, len(queues.waiting)) == ([], 1)
