"""The news of standings is read page by page, and again after the database was away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.directory.standing import Standing
from server.standing_watch import StandingWatch
from tests.support.builders import an_organization_id
from tests.support.in_memory_standings import InMemoryStandings, a_standing
from tests.support.waiting import eventually_true


@asynccontextmanager
async def heard_of(standings: InMemoryStandings) -> AsyncIterator[list[Standing]]:
    heard: list[Standing] = []

    def hear(changed: Sequence[Standing]) -> None:
        heard.extend(changed)

    async with asyncio.timeout(10), StandingWatch(standings, hear, every_seconds=0.01).running():
        await standings.was_read_up.wait()
        yield heard


async def test_what_was_before_the_start_is_no_news() -> None:
    standings = InMemoryStandings()
    standings.change(a_standing(an_organization_id()))

    async with heard_of(standings) as heard:
        pass

    assert heard == []


async def test_a_change_is_heard_of_once() -> None:
    standings, standing = InMemoryStandings(), a_standing(an_organization_id())

    async with heard_of(standings) as heard:
        standings.change(standing)
        await standings.was_read_up.wait()

    assert heard == [standing]


async def test_more_changes_than_a_page_holds_are_all_heard_of() -> None:
    standings = InMemoryStandings(most_news=2)
    changes = [a_standing(an_organization_id()) for _ in range(7)]

    async with heard_of(standings) as heard:
        for standing in changes:
            standings.change(standing)
        await standings.was_read_up.wait()

    assert heard == changes


async def test_what_changed_while_the_database_was_away_is_heard_of_after_it() -> None:
    standings, standing = InMemoryStandings(), a_standing(an_organization_id())

    async with heard_of(standings) as heard:
        standings.is_away = True
        standings.change(standing)
        await asyncio.sleep(0)
        standings.is_away = False

        async def is_heard() -> bool:
            return heard == [standing]

        assert await eventually_true(is_heard)
