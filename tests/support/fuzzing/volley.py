"""Sends made-up requests, many at a time, and keeps how each call ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from tests.support.any_method import AnyMethod
from tests.support.fuzzing.shots import Shot
from tests.support.refusals import Refused, refusal_in

IN_FLIGHT = 24
PATIENCE_SECONDS = 20.0
LOST = "Internal error from Core"
"""What grpc.aio makes of a call that ends while it writes, whatever the server said."""
MOST_REPEATS = 50

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """How one call ended."""

    shot: Shot
    answers: list[bytes] = field(default_factory=list)
    refusal: Refused | None = None
    trouble: str = ""
    """What is wrong already: no answer came, or the details of an error cannot be read."""


async def fire(
    channel: grpc.aio.Channel,
    method: AnyMethod,
    shots: Sequence[Shot],
    headers_of: Callable[[Shot], Headers],
) -> list[Ending]:
    """Send all of them and return how each ended, in no order."""
    endings: list[Ending] = []
    waiting = iter(shots)

    async def send_what_waits() -> None:
        # Over one iterator, so that whoever is free takes the next.
        endings.extend([await _ending(channel, method, shot, headers_of(shot)) for shot in waiting])

    async with asyncio.TaskGroup() as senders:
        for _ in range(IN_FLIGHT):
            senders.create_task(send_what_waits())
    return endings


async def _ending(
    channel: grpc.aio.Channel, method: AnyMethod, shot: Shot, headers: Headers
) -> Ending:
    for _ in range(MOST_REPEATS):
        ending = await _one_ending(channel, method, shot, headers)
        if not _was_lost(ending):
            break
    return ending


def _was_lost(ending: Ending) -> bool:
    """Tell whether the client wrote into a stream that had ended, and forgot what it was told."""
    refusal = ending.refusal
    return refusal is not None and not refusal.details and refusal.message == LOST


async def _one_ending(
    channel: grpc.aio.Channel, method: AnyMethod, shot: Shot, headers: Headers
) -> Ending:
    answers: list[bytes] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _listen(_begun(channel, method, shot, headers), method, answers)
    except grpc.aio.AioRpcError as error:
        try:
            return Ending(shot, answers, refusal_in(error))
        except (KeyError, ValueError) as unreadable:
            return Ending(shot, answers, None, f"details that cannot be read: {unreadable!r}")
    except TimeoutError:
        return Ending(shot, answers, None, f"no answer within {PATIENCE_SECONDS:g} s")
    return Ending(shot, answers)


def _begun(channel: Any, method: AnyMethod, shot: Shot, headers: Headers) -> Any:
    # What is sent are bytes, which the stubs of gRPC do not foresee.
    if method.reads_stream:
        return channel.stream_stream(method.path)(_each(shot.contents), metadata=headers)
    kind = channel.unary_stream if method.writes_stream else channel.unary_unary
    return kind(method.path)(shot.contents[0], metadata=headers)


async def _listen(call: Any, method: AnyMethod, answers: list[bytes]) -> None:
    if not method.writes_stream:
        answers.append(await call)
        return
    try:
        while (answer := await call.read()) is not grpc.aio.EOF:
            answers.append(answer)
            if not method.reads_stream:
                # A watch never ends by itself: its first word is enough.
                return
    finally:
        call.cancel()


async def _each(contents: Sequence[bytes]) -> AsyncIterator[bytes]:
    for content in contents:
        yield content
