"""API keys become callers: looked for by their digest, and remembered for a few seconds."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass

from domain.api_keys.api_key import actor_of
from domain.api_keys.ports import KnownKey, PresentedKeys
from domain.api_keys.secret import SCHEME, ApiKeySecret, is_api_key_secret
from server.caller import Caller
from server.tokens import TokenExpiredError, TokenInvalidError

REMEMBERED_SECONDS = 3.0
"""A key that was revoked is refused after this at the latest, in every process."""
MOST_REMEMBERED = 20_000
MOST_LOOKED_FOR = 1000
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class _Memory:
    caller: Caller | None
    """None: nobody has such a key."""
    until: float


class ApiKeyVerifier:
    """Checks keys and remembers what came of it, good and bad, bounded in number and time.

    Of calls that present a key which is not remembered, the first one asks for all.
    """

    def __init__(
        self,
        keys: PresentedKeys,
        *,
        remembered_seconds: float = REMEMBERED_SECONDS,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._keys = keys
        self._remembered_seconds = remembered_seconds
        self._most_remembered = most_remembered
        self._memories: dict[bytes, _Memory] = {}
        self._asked: dict[bytes, asyncio.Task[Caller | None]] = {}

    def remembered(self, token: str) -> Caller | None:
        """Return the caller of a key that was found moments ago, None if it has to be looked for.

        Raises UnauthenticatedError for what is no key of ours, or was found to be none.
        """
        if not is_api_key_secret(token):
            raise TokenInvalidError
        memory = self._memories.get(ApiKeySecret(token).digest)
        if memory is None or memory.until <= time.monotonic():
            return None
        return _good(memory.caller)

    async def verify(self, token: str) -> Caller:
        """Return the caller; raise UnauthenticatedError, or TemporaryError without a database."""
        digest = ApiKeySecret(token).digest
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = asyncio.create_task(self._look_for(digest))
            asked.add_done_callback(lambda done: self._forget(digest, done))
        # A caller who hangs up leaves the others their answer.
        return _good(await asyncio.shield(asked))

    async def revoked_among(self, digests: Collection[bytes]) -> Collection[bytes]:
        """Return which keys, of those that once let somebody in, do so no more; forget these.

        Raises TemporaryError.
        """
        asked = list(digests)
        revoked: set[bytes] = set()
        for first in range(0, len(asked), MOST_LOOKED_FOR):
            together = asked[first : first + MOST_LOOKED_FOR]
            revoked |= set(together) - await self._keys.good_among(together)
        for digest in revoked:
            # Whoever is ended comes back at once.
            self._memories.pop(digest, None)
        return revoked

    def _forget(self, digest: bytes, asked: asyncio.Task[Caller | None]) -> None:
        del self._asked[digest]
        if not asked.cancelled():
            # Looked at here, for all who asked may have hung up.
            asked.exception()

    async def _look_for(self, digest: bytes) -> Caller | None:
        # From before the look: what changes during it is seen by the next one in time.
        until = time.monotonic() + self._remembered_seconds
        found = await self._keys.find(digest)
        caller = _caller_of(found, digest) if found else None
        self._memories.pop(digest, None)
        if len(self._memories) >= self._most_remembered:
            # The first one in is the first one out: its time ends soonest.
            del self._memories[next(iter(self._memories))]
        self._memories[digest] = _Memory(caller, until)
        return caller


def is_api_key_token(token: str) -> bool:
    """Tell a key from a JWT, which never begins so."""
    return token.startswith(SCHEME)


def _good(caller: Caller | None) -> Caller:
    if caller is None:
        raise TokenInvalidError
    if caller.expires_at <= time.time():
        raise TokenExpiredError
    return caller


def _caller_of(key: KnownKey, digest: bytes) -> Caller:
    actor = actor_of(key.id, key.roles)
    return Caller(
        organization_id=key.organization_id,
        organization=str(key.organization_id),
        key=f"{key.organization_id}/{actor.subject}",
        actor=actor,
        expires_at=key.expires_at.timestamp() if key.expires_at else _NEVER,
        api_key_digest=digest,
    )
