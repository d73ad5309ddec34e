"""How organisations are known outside, in Postgres: public columns as they are, secrets sealed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from psycopg.rows import TupleRow

from adapters.postgres.connection_rows import (
    ARCA_COLUMNS,
    WHATSAPP_COLUMNS,
    arca_from_row,
    arca_parameters,
    whatsapp_from_row,
    whatsapp_parameters,
)
from adapters.postgres.pools import Connection
from adapters.postgres.reads import read_row
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.connections.arca_certificate import CertificateRequest, PrivateKey
from domain.connections.arca_connection import ArcaConnection
from domain.connections.ports import ConnectionTransaction, Taxpayer
from domain.connections.whatsapp_connection import AccessToken, WhatsAppConnection
from domain.directory.organization import WhatsAppNumberTakenError
from domain.errors import NotFoundError
from domain.identifiers import IdSource, OrganizationId

ARCA = "arca_connections"
REQUESTS = "arca_certificate_requests"
WHATSAPP = "whatsapp_connections"

_OF_ORGANIZATION = "WHERE organization_id = %(organization_id)s::uuid"
_SELECT_ARCA = f"SELECT {ARCA_COLUMNS} FROM {ARCA} {_OF_ORGANIZATION}"
_SELECT_WHATSAPP = f"SELECT {WHATSAPP_COLUMNS} FROM {WHATSAPP} {_OF_ORGANIZATION}"
# Locked, so that two commands on an organisation's connections come one after the other.
_TAXPAYER = f"SELECT cuit, legal_name FROM organizations {_OF_ORGANIZATION} FOR NO KEY UPDATE"
_SET_NUMBER = f"""
UPDATE organizations SET whatsapp_phone_number_id = %(phone_number_id)s, updated_at = %(now)s,
  version = version + 1
{_OF_ORGANIZATION} AND whatsapp_phone_number_id IS DISTINCT FROM %(phone_number_id)s
"""
_CLEAR_NUMBER = f"""
UPDATE organizations SET whatsapp_phone_number_id = NULL, updated_at = clock_timestamp(),
  version = version + 1
{_OF_ORGANIZATION} AND whatsapp_phone_number_id IS NOT NULL
"""
# Another organisation's row is invisible here: then nothing is inserted, and nothing found after.
_TAKE_NUMBER = """
INSERT INTO whatsapp_numbers (phone_number_id, organization_id)
VALUES (%(phone_number_id)s, %(organization_id)s) ON CONFLICT DO NOTHING
"""
_OWN_NUMBER = (
    f"SELECT 1 FROM whatsapp_numbers {_OF_ORGANIZATION} AND phone_number_id = %(phone_number_id)s"
)
_DROP_NUMBERS = (
    f"DELETE FROM whatsapp_numbers {_OF_ORGANIZATION} AND phone_number_id <> %(phone_number_id)s"
)


class PostgresConnectionTransaction(PostgresTransaction):
    """The domain's ConnectionTransaction."""

    def __init__(
        self,
        connection: Connection,
        context: CommandContext,
        ids: IdSource,
        *,
        sealing: SealedColumns,
    ) -> None:
        super().__init__(connection, context, ids)
        self._sealing = sealing

    async def taxpayer(self) -> Taxpayer | None:
        row = await self._row(_TAXPAYER)
        return Taxpayer(row[0], row[1]) if row and row[0] else None

    async def arca(self) -> ArcaConnection | None:
        row = await self._row(f"{_SELECT_ARCA} FOR NO KEY UPDATE")
        return None if row is None else arca_from_row(row)

    async def save_arca(self, connection: ArcaConnection, key: PrivateKey) -> None:
        sealed = self._sealed(ARCA, "sealed_private_key", key.pem)
        await self._replace(ARCA, {**arca_parameters(connection), **sealed})

    async def forget_arca(self) -> bool:
        forgotten = await self._delete(ARCA)
        return await self._delete(REQUESTS) or forgotten

    async def certificate_request(self) -> CertificateRequest | None:
        row = await self._row(
            f"SELECT cuit, alias, subject, request FROM {REQUESTS} {_OF_ORGANIZATION}"
            " FOR NO KEY UPDATE"
        )
        if row is None:
            return None
        return CertificateRequest(cuit=row[0], alias=row[1], subject=row[2], pem=row[3])

    async def requested_key(self) -> PrivateKey | None:
        row = await self._row(f"SELECT sealed_private_key FROM {REQUESTS} {_OF_ORGANIZATION}")
        if row is None:
            return None
        return PrivateKey(self._sealing.opened(REQUESTS, self.organization_id, bytes(row[0])))

    async def save_request(self, request: CertificateRequest, key: PrivateKey) -> None:
        columns: dict[str, object] = {
            "organization_id": self.organization_id,
            "cuit": request.cuit,
            "alias": request.alias,
            "subject": request.subject,
            "request": request.pem,
        }
        sealed = self._sealed(REQUESTS, "sealed_private_key", key.pem)
        await self._replace(REQUESTS, {**columns, **sealed})

    async def forget_request(self) -> None:
        await self._delete(REQUESTS)

    async def whatsapp(self) -> WhatsAppConnection | None:
        # The organisation first, in the order of everybody who changes its number.
        await self._row(_TAXPAYER)
        row = await self._row(f"{_SELECT_WHATSAPP} FOR NO KEY UPDATE")
        return None if row is None else whatsapp_from_row(row)

    async def save_whatsapp(self, connection: WhatsAppConnection, token: AccessToken) -> None:
        sealed = self._sealed(WHATSAPP, "sealed_access_token", token.text)
        number = connection.phone_number_id
        if await self._row(_TAXPAYER) is None:
            raise NotFoundError("organization", self.organization_id)
        await self._execute(_SET_NUMBER, phone_number_id=number, now=connection.updated_at)
        await self._execute(_DROP_NUMBERS, phone_number_id=number)
        await self._execute(_TAKE_NUMBER, phone_number_id=number)
        if await self._row(_OWN_NUMBER, phone_number_id=number) is None:
            raise WhatsAppNumberTakenError(number)
        await self._replace(WHATSAPP, {**whatsapp_parameters(connection), **sealed})

    async def forget_whatsapp(self) -> bool:
        forgotten = await self._execute(_CLEAR_NUMBER)
        await self._delete("whatsapp_numbers")
        return await self._delete(WHATSAPP) or forgotten

    def _sealed(self, table: str, column: str, secret: str) -> dict[str, object]:
        organization_id = self.organization_id
        return dict(self._sealing.sealed(table, organization_id, column=column, secret=secret))

    async def _replace(self, table: str, columns: dict[str, object]) -> None:
        names = list(columns)
        values = ", ".join(f"%({name})s" for name in names)
        changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
        await self._execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"
            f" ON CONFLICT (organization_id) DO UPDATE SET {changes}",
            **columns,
        )

    async def _delete(self, table: str) -> bool:
        return await self._execute(f"DELETE FROM {table} {_OF_ORGANIZATION}")

    async def _execute(self, statement: str, **values: object) -> bool:
        """Return whether any row was concerned."""
        cursor = await self._connection.execute(
            statement.encode(), {**values, "organization_id": self.organization_id}
        )
        return cursor.rowcount > 0

    async def _row(self, query: str, **values: object) -> TupleRow | None:
        cursor = await self._connection.execute(
            query.encode(), {**values, "organization_id": self.organization_id}
        )
        return await cursor.fetchone()


class PostgresConnectionStore:
    """The domain's ConnectionStore."""

    def __init__(self, opener: TransactionOpener, sealing: SealedColumns) -> None:
        self._opener = opener
        self._pool = opener.pool
        self._factory = partial(PostgresConnectionTransaction, sealing=sealing)

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[ConnectionTransaction]:
        async with self._opener.open(context, self._factory) as transaction:
            yield transaction

    async def arca(self, organization_id: OrganizationId) -> ArcaConnection:
        row = await read_row(self._pool, organization_id, _SELECT_ARCA, {})
        if row is None:
            raise NotFoundError("arca_connection")
        return arca_from_row(row)

    async def whatsapp(self, organization_id: OrganizationId) -> WhatsAppConnection:
        row = await read_row(self._pool, organization_id, _SELECT_WHATSAPP, {})
        if row is None:
            raise NotFoundError("whatsapp_connection")
        return whatsapp_from_row(row)
