"""Calls are counted over all processes; a Redis that hangs or is gone says so soon."""

import asyncio

import pytest
from redis.asyncio import Redis

from adapters.redis.client import create_redis
from adapters.redis.shared_counts import RedisSharedCounts
from domain.errors import TemporaryError
from domain.limits.limit import Limit

LIMIT = Limit(name="caller", calls=100, seconds=10)
LONG = 10.0
"""So long a count may take where a test is not about time: sixteen connections are opened at once.
"""


async def test_processes_together_take_no_more_than_the_limit(redis: Redis) -> None:
    processes = [RedisSharedCounts(redis, timeout_seconds=LONG) for _ in range(2)]

    answers = await asyncio.gather(
        *(counts.take(LIMIT, "ana", window=1, calls=5) for counts in processes * 20)
    )

    assert answers.count(True) == 20


async def test_keys_windows_and_limits_are_counted_apart(redis: Redis) -> None:
    counts = RedisSharedCounts(redis, timeout_seconds=LONG)
    other = Limit(name="organization", calls=100, seconds=10)
    await counts.take(LIMIT, "ana", window=1, calls=100)

    answers = [
        await counts.take(LIMIT, "ana", window=1, calls=1),
        await counts.take(LIMIT, "bruno", window=1, calls=1),
        await counts.take(LIMIT, "ana", window=2, calls=1),
        await counts.take(other, "ana", window=1, calls=1),
    ]

    assert answers == [False, True, True, True]


async def test_what_is_counted_is_forgotten_by_itself(redis: Redis) -> None:
    counts = RedisSharedCounts(redis, timeout_seconds=LONG)
    await counts.take(LIMIT, "ana", window=1, calls=1)

    keys = await redis.keys("campotech:calls*")
    lives = [await redis.ttl(key) for key in keys]

    assert len(keys) == 1
    assert all(0 < seconds <= 2 * LIMIT.seconds for seconds in lives)


async def test_names_of_callers_do_not_stand_in_redis(redis: Redis) -> None:
    counts = RedisSharedCounts(redis, timeout_seconds=LONG)
    await counts.take(LIMIT, "ana@example.org", window=1, calls=1)

    (key,) = await redis.keys("campotech:calls*")

    assert b"ana" not in key


async def test_without_redis_the_count_is_not_to_be_had() -> None:
    redis = create_redis("redis://127.0.0.1:1")

    with pytest.raises(TemporaryError):
        await RedisSharedCounts(redis).take(LIMIT, "ana", window=1, calls=1)
    await redis.aclose()


async def test_a_redis_that_hangs_is_waited_for_a_moment_only(redis: Redis) -> None:
    counts = RedisSharedCounts(redis, timeout_seconds=0.05)
    await redis.client_pause(500)

    with pytest.raises(TemporaryError):
        await counts.take(LIMIT, "ana", window=1, calls=1)
