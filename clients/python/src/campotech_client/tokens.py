"""Where the token of a call comes from: a fixed one, or a function that fetches the newest."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

from campotech_client.statuses import connection_lost

TokenProvider = Callable[[], str | Awaitable[str]]
"""Returns a token that is valid now; called again when the server refuses the one before.

An OSError of it (no network) counts as UNAVAILABLE, so that phones and watches try again later.
"""


class TokenSource:
    """Keeps the newest token and fetches another when the server no longer takes it."""

    def __init__(self, token: str | TokenProvider | None) -> None:
        self._provider = token if callable(token) else None
        self._token = token if isinstance(token, str) else None
        self._fetching = asyncio.Lock()

    async def current(self) -> str | None:
        """Return the token to send; None means that calls go without one."""
        if self._token is None and self._provider is not None:
            return await self._fetched(instead_of=None)
        return self._token

    async def renewed(self, refused: str | None) -> bool:
        """Fetch another token than the refused one; return False if there is no way to."""
        if self._provider is None:
            return False
        return await self._fetched(instead_of=refused) != refused

    async def _fetched(self, *, instead_of: str | None) -> str | None:
        async with self._fetching:
            # Of many calls refused together, the first one fetches for all.
            if self._provider is not None and self._token == instead_of:
                self._token = await _given_by(self._provider)
            return self._token


async def _given_by(provider: TokenProvider) -> str:
    try:
        given = provider()
        return await given if isawaitable(given) else given
    except OSError as error:
        raise connection_lost(f"No token could be fetched: {error}") from error
