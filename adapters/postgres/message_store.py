"""WhatsApp messages in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.listing import list_newest_first
from adapters.postgres.message_rows import COLUMNS, UPDATE, message_from_row, row_from_message
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import MessageId, OrganizationId
from domain.messaging.message import Message
from domain.messaging.ports import MessageFilter, MessageTransaction
from domain.pages import Page, PageRequest


class PostgresMessageTransaction(PostgresTransaction):
    """The domain's MessageTransaction."""

    async def message(self, message_id: MessageId) -> Message:
        cursor = await self._connection.execute(
            f"SELECT {COLUMNS} FROM whatsapp_messages"
            " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid"
            " AND created_at = uuid_extract_timestamp(%(id)s::uuid) FOR NO KEY UPDATE".encode(),
            {"organization_id": self.organization_id, "id": message_id},
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("message", message_id)
        return message_from_row(row)

    async def sender_phone_number_id(self) -> str:
        cursor = await self._connection.execute(
            "SELECT whatsapp_phone_number_id FROM organizations"
            " WHERE organization_id = %(organization_id)s",
            {"organization_id": self.organization_id},
        )
        row = await cursor.fetchone()
        return str(row[0]) if row and row[0] else ""

    async def save(self, message: Message) -> None:
        row = row_from_message(message)
        await self._connection.execute(UPDATE.encode(), row)
        if message.wamid:
            await self._connection.execute(
                "INSERT INTO whatsapp_message_ids (wamid, organization_id, message_id)"
                " VALUES (%(wamid)s, %(organization_id)s, %(id)s) ON CONFLICT DO NOTHING",
                row,
            )


class PostgresMessageStore:
    """The domain's MessageStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[MessageTransaction]:
        async with self._opener.open(context, PostgresMessageTransaction) as transaction:
            yield transaction

    async def list(
        self, organization_id: OrganizationId, wanted: MessageFilter, page: PageRequest
    ) -> Page[Message]:
        conditions = ""
        if wanted.customer_id is not None:
            conditions += " AND customer_id = %(customer_id)s::uuid"
        if wanted.job_id is not None:
            conditions += " AND job_id = %(job_id)s::uuid"
        rows, next_after = await list_newest_first(
            self._pool,
            organization_id,
            select=f"SELECT {COLUMNS} FROM whatsapp_messages",
            conditions=conditions,
            parameters={"customer_id": wanted.customer_id, "job_id": wanted.job_id},
            page=page,
            since=None,
            until=None,
        )
        return Page(tuple(message_from_row(row) for row in rows), next_after)
