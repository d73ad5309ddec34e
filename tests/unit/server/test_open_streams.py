"""A stream ends with the token or the key that it was opened with, and others go on."""

import asyncio
import gc
import time
import weakref
from typing import Any

from domain.commands import Actor, Role
from domain.errors import DomainError
from domain.identifiers import OrganizationId
from server.caller import Caller, set_current_caller
from server.open_streams import OpenStreams
from tests.support.clocks import new_id
from tests.support.waiting import eventually_true

DEADLINE_SECONDS = 10
NEVER = float("inf")
DIGEST, ANOTHER_DIGEST = b"d" * 32, b"e" * 32


class WallClock:
    """A clock that stands still until it is set, and counts who looks at it."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.now


def a_caller(subject: str = "somebody", **particular: Any) -> Caller:
    values: dict[str, Any] = {
        "organization_id": OrganizationId(new_id()),
        "actor": Actor(subject=subject, roles=frozenset({Role.OWNER})),
        "expires_at": NEVER,
        "key": subject,
        **particular,
    }
    return Caller(**values)


async def serve(
    streams: OpenStreams, caller: Caller | None, hangs_up: asyncio.Event
) -> DomainError | None:
    if caller is not None:
        set_current_caller(caller)
    streams.add_this()
    try:
        await hangs_up.wait()
    except asyncio.CancelledError:
        return streams.reason_of_this()
    finally:
        streams.remove_this()
    return None


async def opened(
    streams: OpenStreams, caller: Caller | None, hangs_up: asyncio.Event | None = None
) -> asyncio.Task[DomainError | None]:
    stream = asyncio.create_task(serve(streams, caller, hangs_up or asyncio.Event()))
    await asyncio.sleep(0)
    return stream


async def reason_of(stream: asyncio.Task[DomainError | None]) -> str:
    async with asyncio.timeout(DEADLINE_SECONDS):
        error = await stream
    return error.reason if error else ""


async def test_a_stream_ends_when_its_token_expires_and_others_do_not() -> None:
    clock = WallClock()
    streams = OpenStreams(clock)
    others = [await opened(streams, a_caller(expires_at=at)) for at in (clock.now + 60, NEVER)]

    expired = await opened(streams, a_caller(expires_at=clock.now))

    assert await reason_of(expired) == "TOKEN_EXPIRED"
    assert not any(other.done() for other in others)
    streams.end_all()


async def test_a_stream_is_not_ended_before_a_new_call_would_be_refused() -> None:
    clock = WallClock()
    streams = OpenStreams(clock)
    stream = await opened(streams, a_caller(expires_at=clock.now))

    async def was_looked_at_too_early() -> bool:
        return clock.looks > 3

    clock.now -= 0.001
    assert await eventually_true(was_looked_at_too_early)
    assert not stream.done()
    clock.now += 0.001
    assert await reason_of(stream) == "TOKEN_EXPIRED"


async def test_streams_that_expire_in_the_same_second_end_together() -> None:
    clock = WallClock()
    streams = OpenStreams(clock)

    expired = [
        await opened(streams, a_caller(str(number), expires_at=clock.now - number / 10))
        for number in range(5)
    ]

    assert [await reason_of(stream) for stream in expired] == ["TOKEN_EXPIRED"] * 5


async def test_a_stream_that_closes_leaves_others_of_its_second_their_end() -> None:
    clock, hangs_up = WallClock(), asyncio.Event()
    streams = OpenStreams(clock)
    caller = a_caller(expires_at=clock.now + 0.05)
    clock.now += 0.9
    closed, other = await opened(streams, caller, hangs_up), await opened(streams, caller)

    hangs_up.set()
    await closed
    clock.now += 0.1

    assert await reason_of(other) == "TOKEN_EXPIRED"


async def test_a_stream_that_is_closed_is_not_kept_until_its_token_expires() -> None:
    streams, hangs_up = OpenStreams(), asyncio.Event()
    stream = await opened(streams, a_caller(expires_at=time.time() + 3600), hangs_up)
    kept = weakref.ref(stream)

    hangs_up.set()
    await stream
    del stream
    await asyncio.sleep(0)
    gc.collect()

    assert kept() is None


async def test_the_streams_of_a_revoked_key_end_and_others_do_not() -> None:
    streams = OpenStreams()
    program = a_caller("apiKeys/1", api_key_digest=DIGEST)
    revoked = [await opened(streams, program) for _ in range(2)]
    other_key = a_caller("apiKeys/2", api_key_digest=ANOTHER_DIGEST)
    others = [await opened(streams, caller) for caller in (other_key, a_caller(), None)]

    streams.end_of_keys([DIGEST, b"of a key that has no streams"])

    assert [await reason_of(stream) for stream in revoked] == ["TOKEN_INVALID"] * 2
    assert not any(other.done() for other in others)
    streams.end_all()


async def test_the_keys_that_have_streams_open_are_known_until_the_last_one_closes() -> None:
    streams, hang_ups = OpenStreams(), [asyncio.Event(), asyncio.Event()]
    program = a_caller("apiKeys/1", api_key_digest=DIGEST)
    opens = [await opened(streams, program, hangs_up) for hangs_up in hang_ups]

    known = []
    for stream, hangs_up in zip(opens, hang_ups, strict=True):
        known.append(list(streams.api_keys()))
        hangs_up.set()
        await stream
    known.append(list(streams.api_keys()))

    assert known == [[DIGEST], [DIGEST], []]
