"""One command on the WhatsApp messages of an organisation."""

import json
from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from adapters.postgres.conversation_rows import ConversationMoves
from adapters.postgres.message_rows import (
    COLUMNS,
    INSERT,
    INSERT_MANY,
    TAKE_WAMIDS,
    UPDATE,
    UPDATE_NAMED,
    message_from_row,
    row_from_message,
)
from adapters.postgres.message_writers import MessageWriters
from adapters.postgres.pools import Connection
from adapters.postgres.transactions import PostgresTransaction
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, IdSource, JobId, MessageId
from domain.messaging.message import Message
from domain.messaging.ports import Writer
from domain.messaging.whatsapp_events import Sender


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
        if row is None:
            return None
        try:
            return await self.message(MessageId(row[0]))
        except NotFoundError:
            # A name outlives the partition that its message was in.
            return None

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

    async def customers_writing(self, senders: Sequence[Sender]) -> Sequence[Writer]:
        writers = MessageWriters(self._connection, self.organization_id, self._ids)
        return await writers.known_or_new(senders)

    async def add(self, message: Message) -> None:
        await self._connection.execute(INSERT.encode(), row_from_message(message))
        self._moves.note(message)

    async def keep(self, messages: Sequence[Message]) -> int:
        new_ids = await self._take_names(messages)
        new = [message for message in messages if message.id in new_ids]
        if new:
            rows = json.dumps([row_from_message(message) for message in new], default=str)
            await self._connection.execute(INSERT_MANY.encode(), {"rows": rows})
        for message in new:
            self._moves.note(message)
        return len(new)

    async def _take_names(self, messages: Sequence[Message]) -> set[MessageId]:
        cursor = await self._connection.execute(
            TAKE_WAMIDS,
            {
                "organization_id": self.organization_id,
                "wamids": [message.wamid for message in messages],
                "ids": [message.id for message in messages],
            },
        )
        return {MessageId(row[0]) for row in await cursor.fetchall()}

    async def save(self, message: Message) -> None:
        statement = UPDATE_NAMED if message.wamid else UPDATE
        await self._connection.execute(statement.encode(), row_from_message(message))

    async def flush(self) -> None:
        await self._moves.write(self._connection, self.organization_id)
        await super().flush()

    async def _row(self, query: str, **values: object) -> TupleRow | None:
        cursor = await self._connection.execute(
            query.encode(), {"organization_id": self.organization_id, **values}
        )
        return await cursor.fetchone()
