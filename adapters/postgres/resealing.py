"""Stored secrets, sealed anew with the newest key: found over all tenants, opened one by one."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from uuid import UUID

from adapters.postgres.connection_store import ARCA, REQUESTS, WHATSAPP
from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.transactions import tenant_transaction
from domain.connections.ports import SealedSecretUnreadableError
from domain.identifiers import OrganizationId

SEALED: Mapping[str, str] = {
    ARCA: "sealed_private_key",
    REQUESTS: "sealed_private_key",
    WHATSAPP: "sealed_access_token",
}
"""The column of each table that holds a secret."""

_BATCH = 500
_FIRST_ID = UUID(int=0)


class PostgresResealing:
    """Works while everything runs: a row is locked for as long as it takes to seal it."""

    def __init__(
        self, app_pool: Pool, system_pool: Pool, sealing: SealedColumns, *, newest_key: str
    ) -> None:
        self._app_pool = app_pool
        self._system_pool = system_pool
        self._sealing = sealing
        self._newest_key = newest_key

    async def secrets_by_key(self) -> Mapping[str, int]:
        """Return how many secrets each key has sealed."""
        counts: Counter[str] = Counter()
        async with connection_from(self._system_pool) as connection:
            for table in SEALED:
                cursor = await connection.execute(
                    f"SELECT sealed_with, count(*) FROM {table} GROUP BY 1".encode()
                )
                for name, count in await cursor.fetchall():
                    counts[name] += count
        return counts

    async def reseal(self) -> tuple[int, list[OrganizationId]]:
        """Seal all that an older key sealed; return how many, and whose could not be opened."""
        done, unreadable = 0, []
        for table, column in SEALED.items():
            async for organization_id in self._outdated(table):
                try:
                    done += await self._reseal(table, column, organization_id)
                except SealedSecretUnreadableError:
                    unreadable.append(organization_id)
        return done, unreadable

    async def _outdated(self, table: str) -> AsyncIterator[OrganizationId]:
        after = _FIRST_ID
        while True:
            async with connection_from(self._system_pool) as connection:
                cursor = await connection.execute(
                    f"SELECT organization_id FROM {table} WHERE sealed_with <> %(newest)s"
                    " AND organization_id > %(after)s::uuid"
                    " ORDER BY organization_id LIMIT %(batch)s".encode(),
                    {"newest": self._newest_key, "after": after, "batch": _BATCH},
                )
                found = [row[0] for row in await cursor.fetchall()]
            for organization_id in found:
                yield OrganizationId(organization_id)
            if len(found) < _BATCH:
                return
            after = found[-1]

    async def _reseal(self, table: str, column: str, organization_id: OrganizationId) -> int:
        of_organization = "WHERE organization_id = %(organization_id)s::uuid"
        bound: dict[str, object] = {"organization_id": organization_id}
        async with tenant_transaction(self._app_pool, organization_id) as connection:
            cursor = await connection.execute(
                f"SELECT {column} FROM {table} {of_organization} FOR UPDATE".encode(), bound
            )
            row = await cursor.fetchone()
            if row is None:
                return 0
            secret = self._sealing.opened(table, organization_id, bytes(row[0]))
            sealed = self._sealing.sealed(table, organization_id, column=column, secret=secret)
            await connection.execute(
                f"UPDATE {table} SET {column} = %({column})s, sealed_with = %(sealed_with)s"
                f" {of_organization}".encode(),
                {**bound, **sealed},
            )
        return 1
