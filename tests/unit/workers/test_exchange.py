import asyncio
from collections.abc import Sequence

import pytest

from domain.errors import TemporaryError
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.settlement import Settlement, done
from domain.operations.task import TaskState
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_builders import a_ticket, an_added_task
from workers.exchange import LedgerExchange


class CountingLedger(InMemoryTasks):
    """Notes the size of each group, and lets a test wait until one begins or has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[int, int]] = []
        self.begun = asyncio.Semaphore(0)
        self.ended = asyncio.Semaphore(0)

    async def exchange(
        self, settlements: Sequence[Settlement], tickets: Sequence[Ticket]
    ) -> Sequence[ClaimedTask]:
        self.groups.append((len(settlements), len(tickets)))
        self.begun.release()
        await asyncio.sleep(0)
        claimed = await super().exchange(settlements, tickets)
        self.ended.release()
        return claimed


@pytest.fixture
def ledger() -> CountingLedger:
    return CountingLedger()


@pytest.fixture
def exchange(ledger: CountingLedger) -> LedgerExchange:
    return LedgerExchange(ledger, gather_seconds=0)


async def test_claims_and_settlements_at_one_time_are_one_group(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    held = await exchange.claim(a_ticket(an_added_task(ledger)))
    assert held is not None
    tickets = [a_ticket(an_added_task(ledger)) for _ in range(5)]

    *claimed, _ = await asyncio.gather(
        *(exchange.claim(ticket) for ticket in tickets), exchange.settle(done(held))
    )

    assert ledger.groups == [(0, 1), (1, 5)]
    assert [task.id for task in claimed if task] == [ticket.task_id for ticket in tickets]


async def test_what_comes_while_a_group_is_on_its_way_goes_with_the_next(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    first = asyncio.create_task(exchange.claim(a_ticket(an_added_task(ledger))))
    await ledger.begun.acquire()

    second = await exchange.claim(a_ticket(an_added_task(ledger)))

    assert await first is not None
    assert second is not None
    assert ledger.groups == [(0, 1), (0, 1)]


async def test_of_two_claims_of_one_task_in_a_group_one_gets_it(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    ticket = a_ticket(an_added_task(ledger))

    claims = await asyncio.gather(exchange.claim(ticket), exchange.claim(ticket))

    assert [claim is not None for claim in claims] == [True, False]


async def test_everyone_in_a_group_that_fails_is_told(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    ledger.is_away = True
    tickets = [a_ticket(an_added_task(ledger)) for _ in range(3)]

    results = await asyncio.gather(
        *(exchange.claim(ticket) for ticket in tickets), return_exceptions=True
    )

    assert [type(result) for result in results] == [TemporaryError] * 3


async def test_a_group_after_one_that_failed_goes_through(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    ticket = a_ticket(an_added_task(ledger))
    ledger.is_away = True
    with pytest.raises(TemporaryError):
        await exchange.claim(ticket)

    ledger.is_away = False

    assert await exchange.claim(ticket) is not None


async def test_a_task_that_nobody_waits_for_any_more_is_given_back(
    ledger: CountingLedger, exchange: LedgerExchange
) -> None:
    added = an_added_task(ledger)
    waiting = asyncio.create_task(exchange.claim(a_ticket(added)))
    await ledger.begun.acquire()

    waiting.cancel()
    await asyncio.wait({waiting})

    for _ in range(2):
        await ledger.ended.acquire()
    assert (await ledger.get(added.organization_id, added.task_id)).state is TaskState.READY
