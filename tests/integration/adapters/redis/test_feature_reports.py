"""All processes know the same of each feature, since the same moment, whatever befalls Redis."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from adapters.clock import Uuid7Source
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from domain.health.status import Status, StatusSince
from tests.support.clocks import MORNING, StoppedClock
from tests.support.waiting import eventually_true

AFIP = "invoicing.afip"


class Processes:
    """Processes that share a Redis, each with a clock of its own."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack

    async def start(self, clock: StoppedClock | None = None) -> RedisFeatureReports:
        redis = create_redis(self._url, timeout_seconds=0.2)
        self._stack.push_async_callback(redis.aclose)
        listener = await self._stack.enter_async_context(ChannelListener(redis))
        return await self._stack.enter_async_context(
            RedisFeatureReports(
                redis, listener, clock or StoppedClock(), Uuid7Source(), read_seconds=0.1
            )
        )


@pytest.fixture
async def processes(valkey_url: str) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        yield Processes(valkey_url, stack)


async def know(
    processes: Sequence[RedisFeatureReports], status: Status, feature_id: str = AFIP
) -> bool:
    """Wait until all know the same of a feature."""

    async def do_they() -> bool:
        known = {process.current().get(feature_id) for process in processes}
        return len(known) == 1 and {state.status for state in known if state} == {status}

    return await eventually_true(do_they)


async def test_what_one_reports_all_know_since_the_same_moment(processes: Processes) -> None:
    late = StoppedClock(MORNING + timedelta(hours=1))
    one, *others = [await processes.start(), await processes.start(late), await processes.start()]

    one.report(AFIP, Status.DEGRADED)

    assert await know([one, *others], Status.DEGRADED)
    assert others[0].current()[AFIP] == StatusSince(Status.DEGRADED, MORNING)


async def test_a_process_that_starts_later_knows_it_too(processes: Processes) -> None:
    one = await processes.start()
    one.report(AFIP, Status.DEGRADED)
    assert await know([one], Status.DEGRADED)

    other = await processes.start()

    assert await know([one, other], Status.DEGRADED)


async def test_reporting_the_same_again_moves_nothing(processes: Processes) -> None:
    clock = StoppedClock()
    one, other = await processes.start(clock), await processes.start(clock)
    one.report(AFIP, Status.DEGRADED)
    assert await know([one, other], Status.DEGRADED)
    clock.advance(timedelta(minutes=5))
    told: list[StatusSince] = []

    with other.telling(lambda _, state: told.append(state)):
        for process in (one, other):
            process.report(AFIP, Status.DEGRADED)
        one.report("tracking.realtime", Status.DEGRADED)
        assert await know([one, other], Status.DEGRADED, "tracking.realtime")

    assert one.current()[AFIP].since == other.current()[AFIP].since == MORNING
    assert [state.since for state in told] == [MORNING, MORNING + timedelta(minutes=5)]


async def test_the_report_that_comes_last_counts(processes: Processes) -> None:
    one, other = await processes.start(), await processes.start()
    one.report(AFIP, Status.DEGRADED)
    assert await know([one, other], Status.DEGRADED)

    other.report(AFIP, Status.HEALTHY)

    assert await know([one, other], Status.HEALTHY)


async def test_what_a_wiped_redis_forgot_it_is_told_again(
    processes: Processes, redis: Redis
) -> None:
    one, other = await processes.start(), await processes.start()
    one.report(AFIP, Status.DEGRADED)
    assert await know([one, other], Status.DEGRADED)

    await redis.flushall()

    later = await processes.start(StoppedClock(MORNING + timedelta(hours=1)))
    assert await know([one, other, later], Status.DEGRADED)
    assert later.current()[AFIP].since == MORNING


async def test_after_a_wipe_what_began_last_counts(processes: Processes, redis: Redis) -> None:
    later = StoppedClock(MORNING + timedelta(minutes=1))
    one, other = await processes.start(), await processes.start(later)
    one.report(AFIP, Status.DEGRADED)
    assert await know([one, other], Status.DEGRADED)
    await redis.flushall()

    other.report(AFIP, Status.HEALTHY)

    assert await know([one, other], Status.HEALTHY)


async def test_without_redis_a_process_knows_what_it_reported_itself() -> None:
    redis = create_redis("redis://127.0.0.1:1")

    async with (
        ChannelListener(redis) as listener,
        RedisFeatureReports(redis, listener, StoppedClock(), Uuid7Source()) as features,
    ):
        features.report(AFIP, Status.DEGRADED)

        assert await know([features], Status.DEGRADED)
    await redis.aclose()


async def test_a_feature_that_nobody_knows_is_not_kept(processes: Processes, redis: Redis) -> None:
    one = await processes.start()

    one.report("of.tomorrow", Status.OFFLINE)
    one.report(AFIP, Status.DEGRADED)

    assert await know([one], Status.DEGRADED)
    assert set(one.current()) == {AFIP}
    assert not await redis.hexists("campotech:{features}", "of.tomorrow")
