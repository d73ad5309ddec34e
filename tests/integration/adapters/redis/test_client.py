"""A call to Redis can be stopped at any moment, and says soon that nobody answers."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.client import create_patient_redis, create_redis


async def has_swallowed_its_cancellation(redis: Redis, steps: int) -> bool:
    """Cancel a call after some steps of the loop; tell whether it went on nevertheless."""
    call = asyncio.ensure_future(redis.hgetall("positions"))
    for _ in range(steps):
        await asyncio.sleep(0)
    if not call.cancel():
        return False
    (outcome,) = await asyncio.gather(call, return_exceptions=True)
    return not isinstance(outcome, asyncio.CancelledError)


async def test_a_call_that_is_cancelled_ends_wherever_it_is(redis: Redis) -> None:
    await redis.ping()

    swallowed = [await has_swallowed_its_cancellation(redis, steps) for steps in [*range(40)] * 5]

    assert not any(swallowed)


async def test_the_client_goes_on_after_a_cancelled_call(redis: Redis) -> None:
    for steps in range(10):
        await has_swallowed_its_cancellation(redis, steps)

    await redis.set("after", "wards")

    assert await redis.get("after") == b"wards"


async def test_a_redis_that_is_frozen_is_told_soon(redis: Redis, valkey_url: str) -> None:
    hasty = create_redis(valkey_url, timeout_seconds=0.1)
    await hasty.ping()
    await redis.client_pause(300)

    with pytest.raises(RedisError):
        await hasty.set("some", "thing")

    await hasty.aclose()


async def test_patient_callers_wait_for_a_connection(valkey_url: str) -> None:
    patient = create_patient_redis(valkey_url, max_connections=2)

    counts = await asyncio.gather(*(patient.incr("calls") for _ in range(100)))

    await patient.aclose()
    assert max(counts) == 100
