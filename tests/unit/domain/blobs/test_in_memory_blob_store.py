"""The fake of the blob store keeps the promises of the real ones."""

from collections.abc import Mapping

import pytest

from tests.contracts.blob_store import BlobLinksContract
from tests.support.clocks import StoppedClock
from tests.support.in_memory_blobs import InMemoryBlobStore


class TestInMemoryBlobStore(BlobLinksContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.clock = StoppedClock()
        self.memory = InMemoryBlobStore(self.clock)
        self.store = self.memory

    async def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        return self.memory.put(url, body, headers)

    async def get(self, url: str) -> tuple[int, bytes]:
        return self.memory.get(url)
