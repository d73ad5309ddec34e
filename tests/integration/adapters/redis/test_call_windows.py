"""Several windows at once: a call has a token of each, or of none, and a wipe forgets nothing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from adapters.redis.call_windows import (
    AWAY_SECONDS,
    LONGEST_PARK_SECONDS,
    SHORTEST_PARK_SECONDS,
    CallWindow,
    RedisCallWindows,
)
from adapters.redis.client import create_patient_redis
from domain.errors import HeldBackError, TemporaryError
from tests.support.clocks import StoppedClock

ALIAS = "campotech"
WINDOWS = (CallWindow(3, 60), CallWindow(5, 3600), CallWindow(7, 86400))


class KnownCalls:
    """The guarded calls' CallHistory, as a list."""

    def __init__(self) -> None:
        self.calls: list[datetime] = []
        self.is_away = False
        self.asked = 0

    async def newest_calls(
        self, since: datetime, limit: int, *, keys: Sequence[str]
    ) -> Sequence[datetime]:
        self.asked += 1
        if self.is_away:
            raise TemporaryError("The database is away.")
        return sorted((call for call in self.calls if call > since), reverse=True)[:limit]


class Workers:
    """Two processes that share the limits."""

    def __init__(self, redis: Redis) -> None:
        self.clock = StoppedClock()
        self.history = KnownCalls()
        self.limiters = [
            RedisCallWindows(redis, "arca", WINDOWS, history=self.history, clock=self.clock)
            for _ in range(2)
        ]

    async def take(self, count: int = 1, *, alias: str = ALIAS) -> int:
        """Take so many tokens, as far as there are any; return how many there were."""
        taken = 0
        for number in range(count):
            try:
                await self.limiters[number % 2].take(alias)
            except HeldBackError:
                continue
            taken += 1
        return taken

    def advance(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))

    async def refusal(self) -> HeldBackError:
        with pytest.raises(HeldBackError) as refusal:
            await self.limiters[0].look(ALIAS)
        return refusal.value


@pytest.fixture
def workers(patient_redis: Redis) -> Workers:
    return Workers(patient_redis)


async def test_a_window_holds_over_all_processes(workers: Workers) -> None:
    assert await workers.take(10) == 3


async def test_many_at_once_take_no_more_than_there_is(workers: Workers) -> None:
    taken = await asyncio.gather(*(workers.take() for _ in range(30)))

    assert sum(taken) == 3


async def test_a_window_rolls(workers: Workers) -> None:
    await workers.take(2)
    workers.advance(seconds=30)
    await workers.take(1)

    workers.advance(seconds=29)
    early = await workers.take(3)
    workers.advance(seconds=1)

    assert (early, await workers.take(3)) == (0, 2)


async def test_a_longer_window_holds_though_the_shorter_has_room(workers: Workers) -> None:
    taken = []

    for _ in range(4):
        taken.append(await workers.take(3))
        workers.advance(minutes=2)

    assert taken == [3, 2, 0, 0]


async def test_a_call_that_one_window_refuses_takes_nothing_of_the_others(
    workers: Workers,
) -> None:
    await workers.take(100)
    workers.advance(hours=1)
    await workers.take(100)
    workers.advance(minutes=2)

    assert await workers.take(100) == 1


async def test_each_certificate_has_its_own(workers: Workers) -> None:
    await workers.take(3)

    assert await workers.take(3, alias="another") == 3


async def test_looking_takes_nothing(workers: Workers) -> None:
    for _ in range(10):
        await workers.limiters[0].look(ALIAS)

    assert await workers.take(10) == 3


async def test_who_finds_a_window_full_waits_a_minute_or_until_it_frees(
    workers: Workers,
) -> None:
    await workers.take(3)
    workers.advance(seconds=58)
    of_a_minute = await workers.refusal()
    workers.advance(seconds=2)
    await workers.take(3)
    of_an_hour = await workers.refusal()

    assert (of_a_minute.cause, of_a_minute.wait_seconds) == ("rate_limited", SHORTEST_PARK_SECONDS)
    assert of_an_hour.wait_seconds == LONGEST_PARK_SECONDS - 60


async def test_a_wiped_log_is_made_again_from_what_is_known(
    workers: Workers, patient_redis: Redis
) -> None:
    now = workers.clock.now()
    workers.history.calls = [now - timedelta(seconds=50), now - timedelta(seconds=20)]

    await patient_redis.flushall()

    assert await workers.take(5) == 1
    workers.advance(seconds=11)
    assert await workers.take(5) == 1


async def test_two_processes_make_the_log_once(workers: Workers) -> None:
    workers.history.calls = [workers.clock.now()] * 2

    taken = await asyncio.gather(*(workers.take(2) for _ in range(5)))

    assert sum(taken) == 1


async def test_without_what_is_known_no_call_is_made(workers: Workers) -> None:
    workers.history.is_away = True

    with pytest.raises(TemporaryError):
        await workers.limiters[0].take(ALIAS)


async def test_without_redis_no_call_is_made() -> None:
    nowhere = create_patient_redis("redis://127.0.0.1:1", timeout_seconds=0.1)

    refusal = await Workers(nowhere).refusal()

    await nowhere.aclose()
    assert (refusal.cause, refusal.wait_seconds) == ("limits_unknown", AWAY_SECONDS)


async def test_the_log_holds_no_more_than_the_longest_window(
    workers: Workers, patient_redis: Redis
) -> None:
    for _ in range(40):
        await workers.take(3)
        workers.advance(hours=7)

    (key,) = await patient_redis.keys("*")
    assert await patient_redis.zcard(key) <= 1 + WINDOWS[-1].calls
