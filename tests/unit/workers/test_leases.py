import asyncio
from datetime import timedelta

import pytest

from domain.errors import TemporaryError
from domain.operations.claim import ClaimedTask
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import a_ticket, an_added_task
from workers.leases import Leases


async def never() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def ledger() -> InMemoryTasks:
    return InMemoryTasks(lease_seconds=6)


@pytest.fixture
def leases(ledger: InMemoryTasks) -> Leases:
    return Leases(ledger, renewal_seconds=0)


async def claimed(ledger: InMemoryTasks) -> ClaimedTask:
    (task,) = await ledger.exchange([], [a_ticket(an_added_task(ledger))])
    return task


async def test_a_held_task_is_not_taken_while_it_is_renewed(
    ledger: InMemoryTasks, leases: Leases
) -> None:
    attempt = asyncio.create_task(never())
    with leases.hold(await claimed(ledger), attempt) as held:
        ledger.now += timedelta(seconds=5)
        await leases.renew()
        ledger.now += timedelta(seconds=5)
        await ledger.reap(10)
        await leases.renew()

        assert not held.is_lost
    attempt.cancel()


async def test_the_attempt_at_a_lost_task_is_stopped(ledger: InMemoryTasks, leases: Leases) -> None:
    attempt = asyncio.create_task(never())
    with leases.hold(await claimed(ledger), attempt) as held:
        ledger.now += timedelta(seconds=7)
        await ledger.reap(10)

        await leases.renew()
        await asyncio.wait({attempt})

        assert held.is_lost
    assert attempt.cancelled()


async def test_a_task_that_its_use_case_completed_is_not_stopped(
    ledger: InMemoryTasks, leases: Leases
) -> None:
    task = await claimed(ledger)
    attempt = asyncio.create_task(never())
    with leases.hold(task, attempt) as held:
        ledger.finish(task.organization_id, task.id)

        await leases.renew()

        assert not held.is_lost
    attempt.cancel()


async def test_nothing_is_stopped_because_the_ledger_is_away(
    ledger: InMemoryTasks, leases: Leases
) -> None:
    attempt = asyncio.create_task(never())
    with leases.hold(await claimed(ledger), attempt) as held:
        ledger.is_away = True

        with pytest.raises(TemporaryError):
            await leases.renew()

        assert not held.is_lost
    attempt.cancel()


async def test_renewing_goes_on_after_the_ledger_was_away(
    ledger: InMemoryTasks, leases: Leases
) -> None:
    task = await claimed(ledger)
    attempt = asyncio.create_task(never())
    renewing = asyncio.create_task(leases.keep_renewing())
    with leases.hold(task, attempt):
        ledger.is_away = True
        ledger.now += timedelta(seconds=7)
        await asyncio.sleep(0.01)
        ledger.is_away = False
        await asyncio.sleep(0.01)

        reaped = await ledger.reap(10)

        assert reaped.to_push == []
    renewing.cancel()
    attempt.cancel()
