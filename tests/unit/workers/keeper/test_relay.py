from datetime import timedelta

import pytest

from domain.errors import TemporaryError
from domain.identifiers import TaskId
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.clocks import id_at
from tests.support.in_memory_queues import InMemoryQueues
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import an_added_task
from tests.support.task_types import LONG
from workers.keeper.relay import Relay

WINDOWS = {Tier.REALTIME: 3, Tier.BACKGROUND: 3, Tier.BATCH: 2}


@pytest.fixture
def ledger() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def queues() -> InMemoryQueues:
    return InMemoryQueues()


@pytest.fixture
def relay(ledger: InMemoryTasks, queues: InMemoryQueues) -> Relay:
    return Relay(ledger, queues, WINDOWS)


async def test_ready_tasks_are_brought_the_most_urgent_first(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    later, urgent = an_added_task(ledger), an_added_task(ledger, priority=9)

    await relay.work()

    assert [item.task for item in queues.waiting] == [urgent, later]


async def test_what_was_brought_is_not_brought_again(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    an_added_task(ledger)

    await relay.work()
    await relay.work()

    assert len(queues.waiting) == 1


async def test_no_more_is_brought_than_the_window_holds_and_there_is_more_to_do(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    for _ in range(5):
        an_added_task(ledger, LONG)

    is_more = await relay.work()
    await relay.work()

    assert is_more
    assert len(queues.waiting) == 2


async def test_a_task_that_was_just_dispatched_is_left_to_the_fast_path_for_a_moment(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    a_fresh_task(ledger)
    await relay.work()
    at_once = list(queues.waiting)

    ledger.now += timedelta(seconds=1)
    await relay.work()

    assert (at_once, len(queues.waiting)) == ([], 1)


async def test_behind_a_backlog_nobody_waits_for_the_fast_path(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    owner = an_organization_id()
    for number in range(5):
        born_at = ledger.now - timedelta(minutes=1, seconds=-number)
        ledger.add(owner, TaskId(id_at(born_at)), LONG)
    await relay.work()
    fresh = a_fresh_task(ledger)
    queues.waiting.pop(0)

    await relay.work()

    assert queues.waiting[-1].task == fresh


def a_fresh_task(ledger: InMemoryTasks) -> ReadyTask:
    """Add a task that was dispatched this moment."""
    task = ReadyTask(an_organization_id(), TaskId(id_at(ledger.now)), LONG.name, LONG.tier)
    ledger.add(task.organization_id, task.task_id, LONG)
    ledger.now += timedelta(milliseconds=1)
    return task


async def test_there_is_nothing_more_to_do_once_everything_is_brought(
    ledger: InMemoryTasks, relay: Relay
) -> None:
    an_added_task(ledger)

    assert not await relay.work()


async def test_a_task_that_waits_for_its_time_is_brought_when_it_comes(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    task = an_added_task(ledger)
    ledger.add(task.organization_id, task.task_id, LONG, delay_seconds=30)
    await relay.work()
    early = list(queues.waiting)

    ledger.now += timedelta(seconds=31)
    await relay.work()

    assert (early, len(queues.waiting)) == ([], 1)


async def test_what_the_broker_does_not_take_stays_unpushed(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    task = an_added_task(ledger)

    class Refusing(InMemoryQueues):
        async def push(self, tasks: object) -> None:
            raise TemporaryError("Full.")

    with pytest.raises(TemporaryError):
        await Relay(ledger, Refusing(), WINDOWS).work()
    await relay.work()

    assert [item.task for item in queues.waiting] == [task]


async def test_nothing_is_marked_while_the_broker_is_away(
    ledger: InMemoryTasks, queues: InMemoryQueues, relay: Relay
) -> None:
    an_added_task(ledger)
    queues.is_away = True

    with pytest.raises(TemporaryError):
        await relay.work()

    assert all(row.pushed_at is None for row in ledger.rows.values())
