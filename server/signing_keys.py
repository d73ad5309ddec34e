"""The public keys that tokens are signed with, from a JWKS file or address, kept fresh."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx
import jwt
import structlog

from domain.errors import TemporaryError

ALGORITHMS: Final = frozenset({"RS256", "ES256"})
"""What tokens may be signed with. Nothing symmetric: the server holds no secret of the issuer."""

REFRESH_SECONDS = 300.0
FETCH_TIMEOUT_SECONDS = 3.0
# A token with an unknown key may come from a key that is new, or from anybody.
LEAST_SECONDS_BETWEEN_FETCHES = 5.0
_LARGEST_DOCUMENT_BYTES = 256 * 1024

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


class SigningKeysUnavailableError(TemporaryError):
    """No keys could be loaded yet, so no token can be checked."""

    reason = "SIGNING_KEYS_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The keys to check tokens with cannot be loaded.", retry_after_seconds=5)


class SigningKeys:
    """The keys by their id; while the address does not answer, the last ones stay good."""

    def __init__(
        self, url: str, *, least_seconds_between_fetches: float = LEAST_SECONDS_BETWEEN_FETCHES
    ) -> None:
        self._url = url
        self._least_seconds = least_seconds_between_fetches
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """Return a key; look again, though not too often, for one that is not known."""
        if key_id not in self._keys:
            await self._fetch_unless_just_done()
        if not self._keys:
            raise SigningKeysUnavailableError
        return self._keys.get(key_id)

    @contextlib.asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Fetch the keys now and then again and again, until the block ends."""
        task = asyncio.create_task(self._refresh())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _refresh(self) -> None:
        while True:
            await self._fetch_unless_just_done()
            await asyncio.sleep(REFRESH_SECONDS if self._keys else self._least_seconds)

    async def _fetch_unless_just_done(self) -> None:
        async with self._lock:
            if time.monotonic() - self._fetched_at < self._least_seconds:
                return
            try:
                self._keys = _usable_keys(await self._document())
            except (OSError, ValueError, httpx.HTTPError, jwt.PyJWTError) as error:
                _LOGGER.warning("signing_keys_not_loaded", url=self._url, error=str(error))
            self._fetched_at = time.monotonic()

    async def _document(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(Path(unquote(parts.path)).read_bytes)
        async with (
            httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS) as client,
            asyncio.timeout(FETCH_TIMEOUT_SECONDS),
        ):
            response = await client.get(self._url)
        response.raise_for_status()
        if len(response.content) > _LARGEST_DOCUMENT_BYTES:
            msg = "the document is too large"
            raise ValueError(msg)
        return response.content


def _usable_keys(document: bytes) -> dict[str, jwt.PyJWK]:
    keys: dict[str, jwt.PyJWK] = {}
    for entry in json.loads(document)["keys"]:
        # Others are somebody else's business: encryption keys, curves that we do not take.
        if entry.get("kid") and entry.get("use", "sig") == "sig":
            with contextlib.suppress(jwt.PyJWTError):
                key = jwt.PyJWK.from_dict(entry)
                if key.algorithm_name in ALGORITHMS:
                    keys[entry["kid"]] = key
    if not keys:
        msg = "the document holds no RS256 or ES256 signing key"
        raise ValueError(msg)
    return keys
