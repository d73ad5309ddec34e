"""The keys of open streams are looked at again and again; those of nobody are not."""

import asyncio

import pytest

from domain.api_keys.ports import KnownKey
from domain.commands import Role
from domain.identifiers import ApiKeyId
from server.api_key_watch import ApiKeyWatch
from server.api_keys import ApiKeyVerifier
from server.caller import set_current_caller
from server.open_streams import OpenStreams
from tests.support.api_key_builders import an_api_key_secret
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_api_keys import InMemoryPresentedKeys
from tests.support.waiting import eventually_true

SOON_SECONDS = 0.01
DEADLINE_SECONDS = 10


class Office:
    """Programs that hold streams open with their keys, and the watch over these."""

    def __init__(self) -> None:
        self.keys = InMemoryPresentedKeys()
        self.verifier = ApiKeyVerifier(self.keys)
        self.streams = OpenStreams()
        self.watch = ApiKeyWatch(self.verifier, self.streams, every_seconds=SOON_SECONDS)

    def give(self) -> str:
        secret = an_api_key_secret()
        self.keys.known[secret.digest] = KnownKey(
            id=ApiKeyId(new_id()),
            organization_id=an_organization_id(),
            roles=frozenset({Role.OWNER}),
            expires_at=None,
        )
        return secret.text

    async def stream(self, secret: str) -> None:
        set_current_caller(await self.verifier.verify(secret))
        self.streams.add_this()
        try:
            await asyncio.Event().wait()
        finally:
            self.streams.remove_this()

    async def asks_again(self) -> bool:
        before = self.keys.asked

        async def has_asked() -> bool:
            return self.keys.asked > before

        return await eventually_true(has_asked)


async def ended(stream: asyncio.Task[None]) -> bool:
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(DEADLINE_SECONDS):
            await stream
    return stream.cancelled()


async def test_the_stream_of_a_revoked_key_ends_and_its_key_is_looked_for_anew() -> None:
    office = Office()
    secret, other_secret = office.give(), office.give()

    async with office.watch.running():
        other = asyncio.create_task(office.stream(other_secret))
        stream = asyncio.create_task(office.stream(secret))
        await office.asks_again()
        office.keys.known.pop(next(iter(office.keys.known)))

        assert await ended(stream)
        assert office.verifier.remembered(secret) is None
        assert office.verifier.remembered(other_secret) is not None
        assert not other.done()
    other.cancel()


async def test_streams_stay_open_while_the_database_is_away_and_end_after_it() -> None:
    office = Office()
    async with office.watch.running():
        stream = asyncio.create_task(office.stream(office.give()))
        await office.asks_again()
        office.keys.is_away = True
        office.keys.known.clear()

        await office.asks_again()
        was_open = not stream.done()
        office.keys.is_away = False

        assert was_open
        assert await ended(stream)


async def test_without_streams_nothing_is_asked() -> None:
    office = Office()

    revoked = await office.verifier.revoked_among(office.streams.api_keys())

    assert not revoked
    assert office.keys.asked == 0
