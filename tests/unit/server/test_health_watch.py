import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from domain.health.component import Component
from domain.health.status import Status
from server.health_watch import HealthWatch
from tests.support.clocks import MORNING, StoppedClock
from tests.support.given_health import GivenFeatures, GivenProbe
from tests.support.waiting import eventually_true

NO_REPAIRS: Mapping[Component, Callable[[], Awaitable[None]]] = {}


@asynccontextmanager
async def running_watch(
    features: GivenFeatures,
    probe: GivenProbe,
    repairs: Mapping[Component, Callable[[], Awaitable[None]]] = NO_REPAIRS,
) -> AsyncIterator[HealthWatch]:
    watch = HealthWatch(
        {Component.DATABASE: probe, Component.CACHE: GivenProbe()},
        StoppedClock(),
        every_seconds=0.01,
        on_recovery=repairs,
        reported=features,
    )
    async with watch.running():
        assert await eventually_true(lambda: _is_known(watch))
        yield watch


async def _is_known(watch: HealthWatch) -> bool:
    return watch.current().overall.status is not Status.UNKNOWN


def invoicing(watch: HealthWatch) -> Status:
    (known,) = [each for each in watch.current().features if each.feature.id == "invoicing.afip"]
    return known.state.status


async def test_what_was_reported_before_is_known_from_the_start() -> None:
    features = GivenFeatures()
    features.report("invoicing.afip", Status.DEGRADED)

    async with running_watch(features, GivenProbe()) as watch:
        status = invoicing(watch)

    assert status is Status.DEGRADED


async def test_everybody_who_waits_is_woken_by_a_report() -> None:
    features = GivenFeatures()

    async with asyncio.timeout(5), running_watch(features, GivenProbe()) as watch:
        known = watch.current()
        waiting = [asyncio.create_task(watch.news_after(known, 60)) for _ in range(3)]
        await asyncio.sleep(0)
        features.report("invoicing.afip", Status.DEGRADED)
        told = await asyncio.gather(*waiting)

    assert {health.overall.status for health in told} == {Status.DEGRADED}


async def test_everybody_who_waits_is_woken_by_what_a_probe_sees() -> None:
    probe = GivenProbe()

    async with asyncio.timeout(5), running_watch(GivenFeatures(), probe) as watch:
        waiting = asyncio.create_task(watch.news_after(watch.current(), 60))
        await asyncio.sleep(0)
        probe.becomes(Status.OFFLINE)
        told = await waiting

    assert told.overall.status is Status.OFFLINE


async def test_news_that_came_before_somebody_waits_are_told_at_once() -> None:
    features = GivenFeatures()

    async with asyncio.timeout(5), running_watch(features, GivenProbe()) as watch:
        known = watch.current()
        features.report("invoicing.afip", Status.DEGRADED)
        told = await watch.news_after(known, 60)

    assert told.overall.status is Status.DEGRADED


async def test_components_are_looked_at_while_the_repair_of_one_takes_for_ever() -> None:
    database = GivenProbe()
    has_begun = asyncio.Event()

    async def repair() -> None:
        has_begun.set()
        await asyncio.sleep(3600)

    repairs = {Component.DATABASE: repair}
    async with asyncio.timeout(5), running_watch(GivenFeatures(), database, repairs) as watch:
        for status in (Status.OFFLINE, Status.HEALTHY):
            known = watch.current()
            database.becomes(status)
            await watch.news_after(known, 60)
        await has_begun.wait()
        known = watch.current()
        database.becomes(Status.OFFLINE)
        told = await watch.news_after(known, 0.5)

    assert told.overall.status is Status.OFFLINE


async def test_without_news_the_wait_ends_with_the_same() -> None:
    async with running_watch(GivenFeatures(), GivenProbe()) as watch:
        known = watch.current()
        told = await watch.news_after(known, 0.05)

    assert told == known
    assert told.checked_at == MORNING
