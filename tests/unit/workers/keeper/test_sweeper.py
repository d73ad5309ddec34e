from datetime import timedelta

import pytest

from domain.operations.task_type import Tier
from tests.support.in_memory_queues import InMemoryQueues
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import a_ticket, an_added_task
from workers.keeper.relay import Relay
from workers.keeper.sweeper import LOST_AFTER_SECONDS, Sweeper

WINDOWS = {Tier.REALTIME: 3, Tier.BACKGROUND: 3, Tier.BATCH: 3}
LONG_ENOUGH = timedelta(seconds=LOST_AFTER_SECONDS[Tier.REALTIME] + 1)


@pytest.fixture
def ledger() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def queues() -> InMemoryQueues:
    return InMemoryQueues()


@pytest.fixture
def relay(ledger: InMemoryTasks, queues: InMemoryQueues) -> Relay:
    return Relay(ledger, queues, WINDOWS)


@pytest.fixture
def sweeper(ledger: InMemoryTasks, queues: InMemoryQueues) -> Sweeper:
    return Sweeper(ledger, queues, WINDOWS)


async def test_after_a_wipe_the_relay_brings_everything_again(
    ledger: InMemoryTasks, queues: InMemoryQueues, *, relay: Relay, sweeper: Sweeper
) -> None:
    tasks = [an_added_task(ledger) for _ in range(2)]
    await relay.work()
    queues.wipe()

    await sweeper.work()
    await relay.work()

    assert {item.task for item in queues.waiting} == set(tasks)


async def test_a_single_task_that_was_lost_is_brought_again_after_a_while(
    ledger: InMemoryTasks, queues: InMemoryQueues, *, relay: Relay, sweeper: Sweeper
) -> None:
    task = an_added_task(ledger)
    await relay.work()
    queues.waiting.clear()
    await sweeper.work()
    early = list(queues.waiting)

    ledger.now += LONG_ENOUGH
    await sweeper.work()
    await sweeper.work()

    assert early == []
    assert [item.task for item in queues.waiting] == [task]


async def test_a_full_queue_is_not_made_fuller(
    ledger: InMemoryTasks, queues: InMemoryQueues, *, relay: Relay, sweeper: Sweeper
) -> None:
    for _ in range(3):
        an_added_task(ledger)
    await relay.work()
    ledger.now += LONG_ENOUGH

    await sweeper.work()

    assert len(queues.waiting) == 3


async def test_what_a_worker_has_taken_is_not_brought_again(
    ledger: InMemoryTasks, queues: InMemoryQueues, *, relay: Relay, sweeper: Sweeper
) -> None:
    task = an_added_task(ledger)
    await relay.work()
    queues.waiting.clear()
    await ledger.exchange([], [a_ticket(task)])
    ledger.now += LONG_ENOUGH

    await sweeper.work()

    assert queues.waiting == []
