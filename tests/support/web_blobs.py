"""The local store of blobs with `web` in this process, called without a network."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.local_store import LocalBlobStore
from adapters.blobs.signed_links import SignedLinks
from adapters.blobs.signing_keys import SigningKeys
from domain.clock import Clock
from web.app import build_app

URL = "http://web.test/blobs"
LIFETIME = timedelta(minutes=15)
A_KEY = bytes(range(32))
KEYS_SETTING = f"of-tests:{base64.b64encode(A_KEY).decode()}"


class WebBlobs:
    """A folder, its links, and a client of whoever serves them."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.folder = LocalFolder(root)
        keys = SigningKeys.from_setting(KEYS_SETTING)
        self.links = SignedLinks(URL, keys, clock, lifetime=LIFETIME)
        self.store = LocalBlobStore(self.folder, self.links)
        self._app = build_app(self.folder, self.links)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._app))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Do meanwhile what the process does beside its answers."""
        async with self._app.router.lifespan_context(self._app):
            yield
