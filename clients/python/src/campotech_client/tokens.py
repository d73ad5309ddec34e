"""Where the token of a call comes from: a fixed one, or a function that fetches the newest."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable

from campotech_client.errors import UnavailableError
from campotech_client.statuses import connection_lost

TokenProvider = Callable[[], str | Awaitable[str]]
"""Returns a token that is valid now; called again before that one expires, or when it is refused.

An OSError of it (no network) counts as UNAVAILABLE, so that phones and watches try again later.
"""

EARLIEST_REFRESH_SECONDS = 60.0
"""A token is exchanged so long before it expires, or when a tenth of its time is left."""
RETRY_SECONDS = 5.0
"""How soon another one is asked for when none could be had."""


class TokenSource:
    """Keeps the newest token, and fetches another before it expires or once it is refused."""

    def __init__(
        self, token: str | TokenProvider | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = token if callable(token) else None
        self._token = token if isinstance(token, str) else None
        self._fetching = asyncio.Lock()
        self._clock = clock
        self._refresh_at = float("inf")

    async def current(self) -> str | None:
        """Return the token to send; None means that calls go without one."""
        if self._provider is None:
            return self._token
        if self._token is None:
            return await self._fetched(instead_of=None)
        # Whoever comes while one asks for the next token goes on with this one.
        if self._clock() >= self._refresh_at and not self._fetching.locked():
            await self._refresh(self._token)
        return self._token

    async def renewed(self, refused: str | None) -> bool:
        """Fetch another token than the refused one; return False if there is no way to."""
        if self._provider is None:
            return False
        return await self._fetched(instead_of=refused) != refused

    async def _refresh(self, expiring: str) -> None:
        try:
            await self._fetched(instead_of=expiring)
        except UnavailableError:
            # The one we have is still good for a while.
            self._refresh_at = self._clock() + RETRY_SECONDS

    async def _fetched(self, *, instead_of: str | None) -> str | None:
        async with self._fetching:
            # Of many calls refused together, the first one fetches for all.
            if self._provider is not None and self._token == instead_of:
                self._token = await _given_by(self._provider)
                self._refresh_at = self._clock() + _good_for(self._token)
            return self._token


async def _given_by(provider: TokenProvider) -> str:
    try:
        given = provider()
        return await given if isawaitable(given) else given
    except OSError as error:
        raise connection_lost(f"No token could be fetched: {error}") from error


def _good_for(token: str) -> float:
    """Return for how many seconds the token need not be exchanged.

    One that has expired by our clock was given for good all the same: then our clock is wrong, and
    the server will say when it no longer takes the token. So will it for one that is no JWT.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        left = float(claims["exp"]) - time.time()
    except (KeyError, TypeError, ValueError):
        return float("inf")
    return left - min(EARLIEST_REFRESH_SECONDS, left / 10) if left > 0 else float("inf")
