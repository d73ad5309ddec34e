"""The state of breakers in Redis: what every process sees, and what is left after a wipe."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.guarded_calls.ports import StateUnavailableError, Verdict
from adapters.redis.breaker_states import RedisBreakerStates
from adapters.redis.client import create_patient_redis
from tests.contracts.breaker_states import NOW, RULE, WINDOW, BreakerStatesContract


class TestRedisBreakerStates(BreakerStatesContract):
    @pytest.fixture(autouse=True)
    async def connect(self, patient_redis: Redis, valkey_url: str) -> AsyncIterator[None]:
        other = create_patient_redis(valkey_url)
        self.states = RedisBreakerStates(patient_redis)
        self.others = RedisBreakerStates(other)
        yield
        await other.aclose()

    async def test_after_a_wipe_every_breaker_is_closed(self, patient_redis: Redis) -> None:
        await self.states.open("arca", now=NOW)

        await patient_redis.flushall()

        assert await self.verdict() is Verdict.CLOSED

    async def test_what_is_counted_is_bounded_and_ends_by_itself(
        self, patient_redis: Redis
    ) -> None:
        for second in range(300):
            await self.counted(successes=1, now=NOW + second)

        (key,) = await patient_redis.keys("*")
        assert await patient_redis.hlen(key) <= 10
        assert 0 < await patient_redis.pttl(key) <= 2 * WINDOW.seconds * 1000


async def test_where_redis_is_gone_it_says_so() -> None:
    nowhere = create_patient_redis("redis://127.0.0.1:1", timeout_seconds=0.1)

    with pytest.raises(StateUnavailableError):
        await RedisBreakerStates(nowhere).admit("arca", RULE, now=NOW, probe="mine")

    await nowhere.aclose()
