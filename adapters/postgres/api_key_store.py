"""API keys in Postgres: each organisation's own, and by digest over all of them."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.api_key_rows import COLUMNS, api_key_from_row, parameters
from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.reads import read_rows
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.api_keys.api_key import ApiKey
from domain.api_keys.ports import ApiKeyTransaction, KnownKey
from domain.commands import CommandContext, Role
from domain.errors import NotFoundError
from domain.identifiers import ApiKeyId, OrganizationId
from domain.pages import Page, PageRequest

_OF_ORGANIZATION = "WHERE organization_id = %(organization_id)s::uuid"
_ONE = f"SELECT {COLUMNS} FROM api_keys {_OF_ORGANIZATION} AND id = %(id)s FOR NO KEY UPDATE"
_PAGE = (
    f"SELECT {COLUMNS} FROM api_keys {_OF_ORGANIZATION} AND id < %(after)s::uuid"
    " ORDER BY id DESC LIMIT %(limit)s"
)
# The organisation's row is locked, so that keys are counted and added one after the other.
_LOCK = f"SELECT 1 FROM organizations {_OF_ORGANIZATION} FOR NO KEY UPDATE"
_GOOD = (
    f"SELECT count(*) FROM api_keys {_OF_ORGANIZATION} AND revoked_at IS NULL"
    " AND COALESCE(expires_at, 'infinity') > %(now)s"
)
_ADD = f"""
INSERT INTO api_keys ({COLUMNS}) VALUES (%(organization_id)s, %(id)s, %(created_at)s,
  %(display_name)s, %(roles)s, %(prefix)s, %(digest)s, %(expires_at)s, %(revoked_at)s, %(version)s,
  %(updated_at)s)
"""
_SAVE = f"""
UPDATE api_keys SET revoked_at = %(revoked_at)s, version = %(version)s, updated_at = %(updated_at)s
{_OF_ORGANIZATION} AND id = %(id)s
"""
_PRESENTED = """
SELECT id, organization_id, roles, expires_at FROM api_keys
WHERE digest = %(digest)s AND revoked_at IS NULL
"""
_GOOD_AMONG = "SELECT digest FROM api_keys WHERE digest = ANY(%(digests)s) AND revoked_at IS NULL"
_LAST_ID = UUID(int=(1 << 128) - 1)


class PostgresApiKeyTransaction(PostgresTransaction):
    """The domain's ApiKeyTransaction."""

    async def good_keys(self, now: datetime) -> int:
        if await self._row(_LOCK) is None:
            raise NotFoundError("organization", self.organization_id)
        row = await self._row(_GOOD, now=now)
        return int(row[0]) if row else 0

    async def api_key(self, key_id: ApiKeyId) -> ApiKey:
        row = await self._row(_ONE, id=key_id)
        if row is None:
            raise NotFoundError("api_key", key_id)
        return api_key_from_row(row)

    async def add(self, key: ApiKey) -> None:
        await self._connection.execute(_ADD.encode(), parameters(key))

    async def save(self, key: ApiKey) -> None:
        await self._connection.execute(_SAVE.encode(), parameters(key))

    async def _row(self, query: str, **values: object) -> TupleRow | None:
        cursor = await self._connection.execute(
            query.encode(), {**values, "organization_id": self.organization_id}
        )
        return await cursor.fetchone()


class PostgresApiKeyStore:
    """The domain's ApiKeyStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[ApiKeyTransaction]:
        async with self._opener.open(context, PostgresApiKeyTransaction) as transaction:
            yield transaction

    async def list(self, organization_id: OrganizationId, page: PageRequest) -> Page[ApiKey]:
        bound = {"after": page.after or _LAST_ID, "limit": page.size + 1}
        rows = await read_rows(self._pool, organization_id, _PAGE, bound)
        keys = tuple(api_key_from_row(row) for row in rows[: page.size])
        return Page(keys, keys[-1].id if len(rows) > page.size else None)


class PostgresPresentedKeys:
    """The domain's PresentedKeys, as the system role."""

    def __init__(self, system_pool: Pool) -> None:
        self._pool = system_pool

    async def find(self, digest: bytes) -> KnownKey | None:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_PRESENTED, {"digest": digest})
            row = await cursor.fetchone()
        if row is None:
            return None
        key_id, organization_id, roles, expires_at = row
        return KnownKey(
            id=ApiKeyId(key_id),
            organization_id=OrganizationId(organization_id),
            roles=frozenset(Role(role) for role in roles),
            expires_at=expires_at,
        )

    async def good_among(self, digests: Collection[bytes]) -> frozenset[bytes]:
        if not digests:
            return frozenset()
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_GOOD_AMONG, {"digests": list(digests)})
            return frozenset([bytes(digest) for (digest,) in await cursor.fetchall()])
