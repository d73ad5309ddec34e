"""Whoever repeats a call as soon as it is refused waits a part of the time for each refusal."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, cast

import pytest

from domain.limits.limit import LEAST_WAIT_SECONDS, CallLimitExceededError, Limit
from server.calls import Call, Method, ServicerContext
from server.late_refusals import LateRefusals

LIMIT = Limit(name="caller", calls=500, seconds=10)
WAIT_SECONDS = 4.0
FOR_EVER_SECONDS = 3600.0


class Context:
    """What gRPC tells of a call whose caller waits so long."""

    def __init__(self, remaining: float | None) -> None:
        self._remaining = remaining

    def invocation_metadata(self) -> None:
        return None

    def time_remaining(self) -> float | None:
        return self._remaining


def a_call(*, remaining: float | None = None) -> Call:
    method = Method("/campotech.jobs.v1.JobService/GetJob", is_stream=False)
    return Call(method, cast(ServicerContext, Context(remaining)))


def a_refusal(wait_seconds: float = WAIT_SECONDS) -> CallLimitExceededError:
    return CallLimitExceededError(LIMIT, retry_after_seconds=wait_seconds)


async def rest_of_the_wait(
    refusals: LateRefusals, call: Call, *, wait_seconds: float = WAIT_SECONDS
) -> float:
    with pytest.raises(CallLimitExceededError) as caught:
        await refusals.refuse(call, a_refusal(wait_seconds))
    return caught.value.retry_after_seconds


@pytest.mark.parametrize(("chance", "rest"), [(1.0, 3.96), (0.0, 3.98)])
async def test_the_rest_of_the_wait_is_told_after_a_part_of_it(chance: float, rest: float) -> None:
    refusals = LateRefusals(0.04, chance=lambda: chance)

    assert await rest_of_the_wait(refusals, a_call()) == pytest.approx(rest)


async def test_what_is_held_is_no_longer_than_the_wait() -> None:
    refusals = LateRefusals(FOR_EVER_SECONDS)

    assert await rest_of_the_wait(refusals, a_call(), wait_seconds=0.02) == LEAST_WAIT_SECONDS


async def test_a_caller_hears_it_before_the_deadline() -> None:
    refusals = LateRefusals(FOR_EVER_SECONDS, chance=lambda: 1.0)

    rest = await rest_of_the_wait(refusals, a_call(remaining=0.04))

    assert rest == pytest.approx(WAIT_SECONDS - 0.02)


async def test_the_time_that_it_is_held_does_not_count_as_the_servers() -> None:
    call = a_call()
    began_at = call.started_at

    await rest_of_the_wait(LateRefusals(0.02, chance=lambda: 1.0), call)

    assert call.started_at == pytest.approx(began_at + 0.02)


async def test_so_many_are_held_and_the_others_refused_at_once() -> None:
    refusals = LateRefusals(FOR_EVER_SECONDS, most=2)
    held = [asyncio.create_task(refusals.refuse(a_call(), a_refusal())) for _ in range(2)]
    await asyncio.sleep(0)

    rest = await rest_of_the_wait(refusals, a_call())

    assert rest == WAIT_SECONDS
    assert not any(task.done() for task in held)
    await end(held)


async def test_a_caller_who_hangs_up_makes_room() -> None:
    refusals = LateRefusals(FOR_EVER_SECONDS, most=1)
    gone = asyncio.create_task(refusals.refuse(a_call(), a_refusal()))
    await asyncio.sleep(0)
    await end([gone])

    held = asyncio.create_task(refusals.refuse(a_call(), a_refusal()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert not held.done()
    await end([held])


async def end(tasks: Sequence["asyncio.Task[NoReturn]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
