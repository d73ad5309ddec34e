import asyncio

import pytest

from workers.isolation import Isolation


class Visitor:
    """A task that enters and stays until it is told to leave."""

    def __init__(self, isolation: Isolation, *, alone: bool = False) -> None:
        self.is_inside = False
        self._may_leave = asyncio.Event()
        self.visit = asyncio.create_task(self._visit(isolation, alone=alone))

    async def _visit(self, isolation: Isolation, *, alone: bool) -> None:
        async with isolation.enter(alone=alone):
            self.is_inside = True
            await self._may_leave.wait()
        self.is_inside = False

    async def leave(self) -> None:
        self._may_leave.set()
        await self.visit
        await settled()


async def settled() -> None:
    """Let everything run that can run now."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def isolation() -> Isolation:
    return Isolation()


async def test_tasks_run_side_by_side(isolation: Isolation) -> None:
    visitors = [Visitor(isolation) for _ in range(3)]

    await settled()

    assert all(visitor.is_inside for visitor in visitors)


async def test_one_that_runs_alone_waits_until_the_others_have_ended(isolation: Isolation) -> None:
    others = [Visitor(isolation) for _ in range(2)]
    await settled()
    alone = Visitor(isolation, alone=True)
    await others[0].leave()
    was_inside = alone.is_inside

    await others[1].leave()

    assert (was_inside, alone.is_inside) == (False, True)


async def test_nobody_enters_beside_one_that_runs_alone(isolation: Isolation) -> None:
    alone = Visitor(isolation, alone=True)
    await settled()

    others = [Visitor(isolation), Visitor(isolation, alone=True)]
    await settled()

    assert alone.is_inside
    assert [other.is_inside for other in others] == [False, False]


async def test_those_who_come_later_wait_behind_one_that_must_be_alone(
    isolation: Isolation,
) -> None:
    first = Visitor(isolation)
    await settled()
    alone = Visitor(isolation, alone=True)
    await settled()
    later = Visitor(isolation)
    await settled()

    await first.leave()
    assert (alone.is_inside, later.is_inside) == (True, False)

    await alone.leave()
    assert later.is_inside


async def test_one_that_gives_up_waiting_holds_nobody_up(isolation: Isolation) -> None:
    first = Visitor(isolation)
    await settled()
    alone = Visitor(isolation, alone=True)
    await settled()
    later = Visitor(isolation)

    alone.visit.cancel()
    await settled()

    assert first.is_inside
    assert later.is_inside
