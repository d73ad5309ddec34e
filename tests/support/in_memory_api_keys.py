"""API keys in memory."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime

from domain.api_keys.api_key import ApiKey, ApiKeyState
from domain.api_keys.ports import ApiKeyTransaction, KnownKey
from domain.commands import CommandContext
from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import ApiKeyId, OrganizationId
from domain.pages import Page, PageRequest
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryApiKeyStore:
    """The domain's ApiKeyStore."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.keys: dict[ApiKeyId, ApiKey] = {}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[ApiKeyTransaction]:
        async with committing(InMemoryApiKeyTransaction(self, context)) as transaction:
            yield transaction

    async def list(self, organization_id: OrganizationId, page: PageRequest) -> Page[ApiKey]:
        found = sorted(
            (
                key
                for key in self.keys.values()
                if key.organization_id == organization_id
                and (page.after is None or key.id < page.after)
            ),
            key=lambda key: key.id,
            reverse=True,
        )
        shown = tuple(found[: page.size])
        return Page(shown, shown[-1].id if len(found) > page.size else None)


class InMemoryApiKeyTransaction(InMemoryTransaction):
    """The domain's ApiKeyTransaction."""

    def __init__(self, store: InMemoryApiKeyStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._organization_id = context.organization_id

    async def good_keys(self, now: datetime) -> int:
        return sum(
            key.organization_id == self._organization_id and key.state(now) is ApiKeyState.ACTIVE
            for key in self._store.keys.values()
        )

    async def api_key(self, key_id: ApiKeyId) -> ApiKey:
        key = self._store.keys.get(key_id)
        if key is None or key.organization_id != self._organization_id:
            raise NotFoundError("api_key", key_id)
        return key

    async def add(self, key: ApiKey) -> None:
        self.on_commit(lambda: self._store.keys.__setitem__(key.id, key))

    async def save(self, key: ApiKey) -> None:
        self.on_commit(lambda: self._store.keys.__setitem__(key.id, key))


class InMemoryPresentedKeys:
    """The domain's PresentedKeys, which counts how often it is asked."""

    def __init__(self) -> None:
        self.known: dict[bytes, KnownKey] = {}
        self.asked = 0
        self.is_away = False

    async def find(self, digest: bytes) -> KnownKey | None:
        self.asked += 1
        if self.is_away:
            raise TemporaryError("The database is away.")
        return self.known.get(digest)

    async def good_among(self, digests: Collection[bytes]) -> frozenset[bytes]:
        self.asked += 1
        if self.is_away:
            raise TemporaryError("The database is away.")
        return frozenset(digests) & self.known.keys()
