"""One command on the WhatsApp messages of an organisation."""

from datetime import datetime

from psycopg.rows import TupleRow

from adapters.postgres.conversation_rows import ConversationMoves
from adapters.postgres.message_rows import (
    COLUMNS,
    INSERT,
    UPDATE,
    message_from_row,
    row_from_message,
)
from adapters.postgres.message_writers import customer_writing
from adapters.postgres.pools import Connection
from adapters.postgres.transactions import PostgresTransaction
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, IdSource, JobId, MessageId
from domain.messaging.message import Message
from domain.messaging.ports import Writer
from domain.messaging.whatsapp_events import Sender

_TAKE_WAMID = """
INSERT INTO whatsapp_message_ids (wamid, organization_id, message_id)
VALUES (%(wamid)s, %(organization_id)s, %(id)s) ON CONFLICT DO NOTHING
"""


class PostgresMessageTransaction(PostgresTransaction):
    """The domain's MessageTransaction."""

    def __init__(self, connection: Connection, context: CommandContext, ids: IdSource) -> None:
        super().__init__(connection, context, ids)
        self._moves = ConversationMoves()

    async def message(self, message_id: MessageId) -> Message:
        row = await self._row(
            f"SELECT {COLUMNS} FROM whatsapp_messages"
            " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid"
            " AND created_at = uuid_extract_timestamp(%(id)s::uuid) FOR NO KEY UPDATE",
            id=message_id,
        )
        if row is None:
            raise NotFoundError("message", message_id)
        return message_from_row(row)

    async def message_called(self, wamid: str) -> Message | None:
        row = await self._row(
            "SELECT message_id FROM whatsapp_message_ids"
            " WHERE organization_id = %(organization_id)s AND wamid = %(wamid)s",
            wamid=wamid,
        )
        return None if row is None else await self.message(MessageId(row[0]))

    async def sender_phone_number_id(self) -> str:
        row = await self._row(
            "SELECT whatsapp_phone_number_id FROM organizations"
            " WHERE organization_id = %(organization_id)s"
        )
        return str(row[0]) if row and row[0] else ""

    async def phone_number_of(self, customer_id: CustomerId) -> str:
        row = await self._row(
            "SELECT phone_number FROM customers"
            " WHERE organization_id = %(organization_id)s AND id = %(id)s",
            id=customer_id,
        )
        if row is None:
            raise NotFoundError("customer", customer_id)
        return str(row[0])

    async def job_exists(self, job_id: JobId) -> bool:
        row = await self._row(
            "SELECT 1 FROM jobs WHERE organization_id = %(organization_id)s::uuid"
            " AND id = %(id)s::uuid AND created_at = uuid_extract_timestamp(%(id)s::uuid)",
            id=job_id,
        )
        return row is not None

    async def last_inbound_at(self, customer_id: CustomerId) -> datetime | None:
        row = await self._row(
            "SELECT last_inbound_at FROM whatsapp_conversations"
            " WHERE organization_id = %(organization_id)s AND customer_id = %(id)s",
            id=customer_id,
        )
        return None if row is None else row[0]

    async def customer_writing(self, sender: Sender) -> Writer:
        return await customer_writing(self._connection, self.organization_id, sender, self._ids)

    async def add(self, message: Message) -> bool:
        row = row_from_message(message)
        if message.wamid:
            taken = await self._connection.execute(_TAKE_WAMID, row)
            if taken.rowcount == 0:
                return False
        await self._connection.execute(INSERT.encode(), row)
        self._moves.note(message)
        return True

    async def save(self, message: Message) -> None:
        row = row_from_message(message)
        await self._connection.execute(UPDATE.encode(), row)
        if message.wamid:
            await self._connection.execute(_TAKE_WAMID, row)

    async def flush(self) -> None:
        await self._moves.write(self._connection, self.organization_id)
        await super().flush()

    async def _row(self, query: str, **values: object) -> TupleRow | None:
        cursor = await self._connection.execute(
            query.encode(), {"organization_id": self.organization_id, **values}
        )
        return await cursor.fetchone()
