"""WhatsApp messages and conversations in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from adapters.postgres.conversation_rows import PAGE, conversation_from_row
from adapters.postgres.listing import list_newest_first
from adapters.postgres.message_rows import COLUMNS, message_from_row
from adapters.postgres.message_transaction import PostgresMessageTransaction
from adapters.postgres.reads import read_rows
from adapters.postgres.transactions import TransactionOpener
from domain.commands import CommandContext
from domain.identifiers import OrganizationId
from domain.messaging.conversation import Conversation
from domain.messaging.message import Message
from domain.messaging.ports import MessageFilter, MessageTransaction
from domain.pages import Page, PageRequest

_LAST_ID = UUID(int=(1 << 128) - 1)
_LAST_MESSAGE_ID = 9
"""Where it stands in a row of PAGE."""


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

    async def conversations(
        self, organization_id: OrganizationId, page: PageRequest
    ) -> Page[Conversation]:
        bound = {"after": page.after or _LAST_ID, "limit": page.size + 1}
        rows = await read_rows(self._pool, organization_id, PAGE, bound)
        shown = rows[: page.size]
        has_more = len(rows) > page.size
        return Page(
            tuple(conversation_from_row(row) for row in shown),
            UUID(str(shown[-1][_LAST_MESSAGE_ID])) if has_more else None,
        )
