"""How many messages go out: so many a second from one number, one every few seconds to one person.

The library that counts reads the machine's clock, so these windows are long, and none ends here.
"""

import asyncio

import pytest
from redis.asyncio import Redis

from adapters.clock import SystemClock
from adapters.redis.client import create_patient_redis
from adapters.redis.message_rates import MessageRate, RedisMessageRates
from domain.errors import HeldBackError

SENDER = "106540352242922"
RATES = (
    MessageRate(messages=5, seconds=900, scope=1),
    MessageRate(messages=1, seconds=600, scope=2),
)


def a_limiter(redis: Redis) -> RedisMessageRates:
    return RedisMessageRates(redis, "whatsapp", RATES, clock=SystemClock())


async def sent(limiter: RedisMessageRates, sender: str, receiver: str) -> bool:
    try:
        await limiter.take(sender, receiver)
    except HeldBackError:
        return False
    return True


async def test_one_person_gets_one_message_in_a_while(patient_redis: Redis) -> None:
    limiters = a_limiter(patient_redis), a_limiter(patient_redis)

    answers = [await sent(limiter, SENDER, "+5491155550123") for limiter in limiters]

    assert answers == [True, False]


async def test_a_number_sends_so_many_over_all_processes(patient_redis: Redis) -> None:
    limiters = a_limiter(patient_redis), a_limiter(patient_redis)

    answers = await asyncio.gather(
        *(sent(limiters[number % 2], SENDER, f"+54911{number}") for number in range(20))
    )

    assert sum(answers) == 5


async def test_numbers_have_limits_of_their_own(patient_redis: Redis) -> None:
    limiter = a_limiter(patient_redis)
    await sent(limiter, SENDER, "+5491155550123")

    assert await sent(limiter, "another", "+5491155550123")


async def test_what_one_person_has_to_wait_for_costs_the_sender_nothing(
    patient_redis: Redis,
) -> None:
    limiter = a_limiter(patient_redis)
    for _ in range(10):
        await sent(limiter, SENDER, "+5491155550123")

    assert all([await sent(limiter, SENDER, f"+54911{number}") for number in range(4)])


async def test_who_has_to_wait_is_told_how_long(patient_redis: Redis) -> None:
    limiter = a_limiter(patient_redis)
    await limiter.take(SENDER, "+5491155550123")

    with pytest.raises(HeldBackError) as refusal:
        await limiter.look(SENDER, "+5491155550123")

    assert refusal.value.cause == "rate_limited"
    assert 500 < refusal.value.wait_seconds <= 600


async def test_nobodys_number_stands_in_redis(patient_redis: Redis) -> None:
    await a_limiter(patient_redis).take(SENDER, "+5491155550123")

    keys = str(await patient_redis.keys("*"))

    assert "whatsapp" in keys
    assert "5491155550123" not in keys


async def test_without_redis_a_process_counts_for_itself() -> None:
    nowhere = create_patient_redis("redis://127.0.0.1:1", timeout_seconds=0.1)
    limiter = a_limiter(nowhere)

    answers = [await sent(limiter, SENDER, "+5491155550123") for _ in range(2)]

    await nowhere.aclose()
    assert answers == [True, False]
