import asyncio
from contextlib import aclosing

from domain.health.status import Status
from domain.health.use_cases.watch_system_health import watch_system_health
from tests.support.given_health import GivenHealth, seen

HEALTHY = seen(database=Status.HEALTHY, cache=Status.HEALTHY)
DEGRADED = seen(database=Status.HEALTHY, cache=Status.OFFLINE)
OFFLINE = seen(database=Status.OFFLINE, cache=Status.OFFLINE)


async def test_whoever_watches_is_told_what_is_and_then_what_changes() -> None:
    view = GivenHealth()
    view.becomes(HEALTHY)

    async with aclosing(watch_system_health(view, heartbeat_seconds=10)) as watch:
        first = await anext(watch)
        view.becomes(DEGRADED)
        second = await anext(watch)

    assert (first, second) == (HEALTHY, DEGRADED)


async def test_a_slow_reader_gets_the_newest_and_not_what_it_missed() -> None:
    view = GivenHealth()
    view.becomes(HEALTHY)

    async with aclosing(watch_system_health(view, heartbeat_seconds=10)) as watch:
        await anext(watch)
        for health in (DEGRADED, OFFLINE, DEGRADED, OFFLINE):
            view.becomes(health)
        told = await anext(watch)
        view.becomes(HEALTHY)
        told_then = await anext(watch)

    assert (told, told_then) == (OFFLINE, HEALTHY)


async def test_in_quiet_times_the_same_is_told_again() -> None:
    view = GivenHealth()
    view.becomes(HEALTHY)

    async with asyncio.timeout(5):
        async with aclosing(watch_system_health(view, heartbeat_seconds=0.01)) as watch:
            told = [await anext(watch) for _ in range(3)]

    assert told == [HEALTHY] * 3
