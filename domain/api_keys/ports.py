"""What API keys need from outside: a store per organisation, and a look over all of them."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.api_keys.api_key import ApiKey
from domain.commands import CommandContext, Role
from domain.identifiers import ApiKeyId, OrganizationId
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


class ApiKeyTransaction(CommandTransaction, Protocol):
    """One command on the API keys of an organisation."""

    async def good_keys(self, now: datetime) -> int:
        """Return how many keys are good now; nobody adds one until the transaction ends."""
        ...

    async def api_key(self, key_id: ApiKeyId) -> ApiKey:
        """Return a key, locked until the transaction ends; raise NotFoundError."""
        ...

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Store the next version of a key that this transaction locked."""
        ...


class ApiKeyStore(Protocol):
    """The API keys of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[ApiKeyTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def list(self, organization_id: OrganizationId, page: PageRequest) -> Page[ApiKey]:
        """Return a page of keys, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """What lets somebody in who presents a key that was not revoked."""

    id: ApiKeyId
    organization_id: OrganizationId
    roles: frozenset[Role]
    expires_at: datetime | None


class PresentedKeys(Protocol):
    """Keys as they are presented, of whichever organisation."""

    async def find(self, digest: bytes) -> KnownKey | None:
        """Return the key with this digest, None if there is none or it was revoked.

        Raises TemporaryError.
        """
        ...

    async def good_among(self, digests: Collection[bytes]) -> frozenset[bytes]:
        """Return the digests of these that `find` would find; raise TemporaryError."""
        ...
