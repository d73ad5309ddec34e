"""The inbox of webhooks in Postgres: stored by the app role, one organisation at a time."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters.postgres.reads import read_row
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, WebhookId
from domain.webhooks.inbox import InboxEntry
from domain.webhooks.ports import InboxTransaction

_ADD = """
INSERT INTO webhook_inbox (organization_id, id, created_at, provider, digest, content)
VALUES (%(organization_id)s, %(id)s, uuid_extract_timestamp(%(id)s), 'whatsapp', %(digest)s,
  %(content)s)
ON CONFLICT (organization_id, digest) DO NOTHING
"""
_MARK_PROCESSED = """
UPDATE webhook_inbox SET processed_at = now(), skipped = %(skipped)s
WHERE organization_id = %(organization_id)s AND id = %(id)s AND processed_at IS NULL
"""
_ENTRY = """
SELECT content, processed_at FROM webhook_inbox
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
"""


class PostgresInboxTransaction(PostgresTransaction):
    """The domain's InboxTransaction."""

    async def add(self, entry: InboxEntry) -> bool:
        added = await self._connection.execute(
            _ADD,
            {
                "organization_id": entry.organization_id,
                "id": entry.id,
                "digest": entry.digest,
                "content": entry.content,
            },
        )
        return added.rowcount == 1

    async def mark_processed(self, webhook_id: WebhookId, skipped: Mapping[str, int]) -> None:
        await self._connection.execute(
            _MARK_PROCESSED,
            {
                "organization_id": self.organization_id,
                "id": webhook_id,
                "skipped": json.dumps(dict(skipped)),
            },
        )


class PostgresWebhookInbox:
    """The domain's WebhookInbox."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[InboxTransaction]:
        async with self._opener.open(context, PostgresInboxTransaction) as transaction:
            yield transaction

    async def entry(self, organization_id: OrganizationId, webhook_id: WebhookId) -> InboxEntry:
        row = await read_row(self._pool, organization_id, _ENTRY, {"id": webhook_id})
        if row is None:
            raise NotFoundError("webhook", webhook_id)
        return InboxEntry(
            id=webhook_id,
            organization_id=organization_id,
            content=bytes(row[0]),
            processed_at=row[1],
        )
