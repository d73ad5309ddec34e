import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from domain.api_keys.ports import KnownKey
from domain.api_keys.secret import ApiKeySecret
from domain.commands import Role
from domain.errors import TemporaryError
from domain.identifiers import ApiKeyId
from server.api_keys import MOST_LOOKED_FOR, REMEMBERED_SECONDS, ApiKeyVerifier
from server.tokens import TokenExpiredError, TokenInvalidError
from tests.support.api_key_builders import an_api_key_secret
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_api_keys import InMemoryPresentedKeys


class Door:
    """A verifier, and one key that it may find."""

    def __init__(self, *, most_remembered: int = 100, expires_at: datetime | None = None) -> None:
        self.keys = InMemoryPresentedKeys()
        self.verifier = ApiKeyVerifier(self.keys, most_remembered=most_remembered)
        self.organization_id = an_organization_id()
        self.secret = self.give(expires_at=expires_at)

    def give(self, *, expires_at: datetime | None = None) -> ApiKeySecret:
        secret = an_api_key_secret()
        self.keys.known[secret.digest] = KnownKey(
            id=ApiKeyId(new_id()),
            organization_id=self.organization_id,
            roles=frozenset({Role.OWNER}),
            expires_at=expires_at,
        )
        return secret


async def test_a_key_tells_who_calls() -> None:
    door = Door()

    caller = await door.verifier.verify(door.secret.text)

    known = door.keys.known[door.secret.digest]
    assert caller.organization_id == door.organization_id
    assert caller.actor.subject == f"apiKeys/{known.id}"
    assert caller.actor.roles == {Role.OWNER}
    assert caller.actor.member_id is None


async def test_a_key_is_looked_for_once_and_then_remembered() -> None:
    door = Door()

    caller = await door.verifier.verify(door.secret.text)

    assert door.verifier.remembered(door.secret.text) is caller
    assert door.keys.asked == 1


async def test_a_revoked_key_is_refused_as_soon_as_it_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = Door()
    await door.verifier.verify(door.secret.text)
    door.keys.known.clear()
    later = time.monotonic() + REMEMBERED_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert door.verifier.remembered(door.secret.text) is None
    with pytest.raises(TokenInvalidError):
        await door.verifier.verify(door.secret.text)
    assert REMEMBERED_SECONDS < 5


async def test_a_key_that_nobody_has_is_remembered_too() -> None:
    door, guess = Door(), an_api_key_secret().text
    with pytest.raises(TokenInvalidError):
        await door.verifier.verify(guess)

    with pytest.raises(TokenInvalidError):
        door.verifier.remembered(guess)

    assert door.keys.asked == 1


@pytest.mark.parametrize("token", ["ck_", "ck_12345678_guess", "ck_12345678_" + "!" * 43])
async def test_what_has_not_the_shape_of_a_key_is_not_even_looked_for(token: str) -> None:
    door = Door()

    with pytest.raises(TokenInvalidError):
        door.verifier.remembered(token)

    assert door.keys.asked == 0


async def test_an_expired_key_says_so_at_once_and_when_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = Door(expires_at=datetime.now(UTC) + timedelta(seconds=60))
    await door.verifier.verify(door.secret.text)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)

    with pytest.raises(TokenExpiredError):
        door.verifier.remembered(door.secret.text)
    with pytest.raises(TokenExpiredError):
        await door.verifier.verify(door.secret.text)


async def test_of_calls_that_come_together_one_asks_for_all() -> None:
    door = Door()

    callers = await asyncio.gather(*(door.verifier.verify(door.secret.text) for _ in range(50)))

    assert len(set(map(id, callers))) == 1
    assert door.keys.asked == 1


async def test_who_hangs_up_leaves_the_others_their_answer() -> None:
    door = Door()
    impatient = asyncio.create_task(door.verifier.verify(door.secret.text))
    patient = asyncio.create_task(door.verifier.verify(door.secret.text))
    await asyncio.sleep(0)
    impatient.cancel()

    caller = await patient

    assert caller.organization_id == door.organization_id


async def test_without_a_database_nobody_is_let_in_and_nothing_remembered() -> None:
    door = Door()
    door.keys.is_away = True
    with pytest.raises(TemporaryError):
        await door.verifier.verify(door.secret.text)
    door.keys.is_away = False

    caller = await door.verifier.verify(door.secret.text)

    assert caller.organization_id == door.organization_id


async def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    door = Door(most_remembered=2)
    secrets = [door.give() for _ in range(3)]

    for secret in secrets:
        await door.verifier.verify(secret.text)

    remembered = [door.verifier.remembered(secret.text) for secret in secrets]
    assert [caller is not None for caller in remembered] == [False, True, True]


async def test_many_keys_are_looked_at_in_several_questions() -> None:
    door = Door()
    gone = [bytes([number % 256, number // 256]) * 16 for number in range(MOST_LOOKED_FOR)]

    revoked = await door.verifier.revoked_among([*gone, door.secret.digest])

    assert set(revoked) == set(gone)
    assert door.keys.asked == 2
