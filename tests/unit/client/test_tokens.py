"""When the SDK asks for another token by itself."""

import asyncio
import base64
import json
import time

import pytest

from campotech_client.tokens import TokenSource

DEADLINE_SECONDS = 5


def jwt(*, seconds: float, number: int = 1) -> str:
    """Return something like a token that is valid for so long."""
    claims = json.dumps({"exp": time.time() + seconds, "jti": number}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2lnbmVk"


class Provider:
    """Hands out numbered tokens of one length of life, or none."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self.given = 0
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> str:
        await self.may_answer.wait()
        if self.is_away:
            raise ConnectionRefusedError
        self.given += 1
        return jwt(seconds=self._seconds, number=self.given)


class Moments:
    """A clock that stands until a test moves it on."""

    def __init__(self) -> None:
        self._now = 1000.0

    def __call__(self) -> float:
        return self._now

    def move_on(self, seconds: float) -> None:
        self._now += seconds


@pytest.fixture
def moments() -> Moments:
    return Moments()


@pytest.mark.parametrize(
    ("lifetime", "unchanged_after", "exchanged_after"), [(3600, 3530, 20), (100, 85, 10)]
)
async def test_a_token_is_exchanged_before_it_expires(
    lifetime: float, unchanged_after: float, exchanged_after: float, moments: Moments
) -> None:
    provider = Provider(seconds=lifetime)
    tokens = TokenSource(provider, clock=moments)

    first = await tokens.current()
    moments.move_on(unchanged_after)
    still = await tokens.current()
    moments.move_on(exchanged_after)
    then = await tokens.current()

    assert first == still != then
    assert provider.given == 2


async def test_while_one_asks_for_the_next_token_others_go_on_with_this_one(
    moments: Moments,
) -> None:
    provider = Provider(seconds=100)
    tokens = TokenSource(provider, clock=moments)
    first = await tokens.current()
    moments.move_on(95)
    provider.may_answer.clear()

    asking = asyncio.create_task(tokens.current())
    await asyncio.sleep(0)
    meanwhile = [await tokens.current() for _ in range(3)]
    provider.may_answer.set()

    assert meanwhile == [first] * 3
    assert await asking != first
    assert provider.given == 2


async def test_a_token_that_is_still_good_is_used_when_no_other_can_be_had(
    moments: Moments,
) -> None:
    provider = Provider(seconds=100)
    tokens = TokenSource(provider, clock=moments)
    first = await tokens.current()
    provider.is_away = True
    moments.move_on(95)

    meanwhile = await tokens.current()
    provider.is_away = False
    moments.move_on(6)

    assert meanwhile == first
    assert await tokens.current() != first


@pytest.mark.parametrize(
    "given",
    ["opaque", "a.b.c", jwt(seconds=-60), "e30.W10.x"],
    ids=["opaque", "no base64", "past", "no claims"],
)
async def test_a_token_that_does_not_say_how_long_it_lasts_is_kept_until_it_is_refused(
    given: str, moments: Moments
) -> None:
    asked: list[str] = []

    def provide() -> str:
        asked.append(given)
        return given

    tokens = TokenSource(provide, clock=moments)
    for _ in range(3):
        await tokens.current()
        moments.move_on(100_000)

    assert len(asked) == 1
    assert not await tokens.renewed(given)
    assert len(asked) == 2
