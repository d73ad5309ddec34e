"""The inbox of webhooks in memory, and the owners of numbers that a test says."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from domain.commands import CommandContext
from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import OrganizationId, WebhookId
from domain.webhooks.inbox import InboxEntry
from domain.webhooks.ports import InboxTransaction
from tests.support.clocks import MORNING
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryWebhookInbox:
    """The domain's WebhookInbox; for organisations in `away` its transactions fail."""

    def __init__(self, *entries: InboxEntry) -> None:
        self.ledger = Ledger()
        self.entries = {entry.id: entry for entry in entries}
        self.skipped: dict[WebhookId, Mapping[str, int]] = {}
        self.away: set[OrganizationId] = set()

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[InboxTransaction]:
        if context.organization_id in self.away:
            raise TemporaryError("away")
        async with committing(InMemoryInboxTransaction(self, context)) as transaction:
            yield transaction

    async def entry(self, organization_id: OrganizationId, webhook_id: WebhookId) -> InboxEntry:
        entry = self.entries.get(webhook_id)
        if entry is None or entry.organization_id != organization_id:
            raise NotFoundError("webhook", webhook_id)
        return entry


class InMemoryInboxTransaction(InMemoryTransaction):
    """The domain's InboxTransaction."""

    def __init__(self, inbox: InMemoryWebhookInbox, context: CommandContext) -> None:
        super().__init__(inbox.ledger, context)
        self._inbox = inbox

    async def add(self, entry: InboxEntry) -> bool:
        known = {(each.organization_id, each.digest) for each in self._inbox.entries.values()}
        if (entry.organization_id, entry.digest) in known:
            return False
        self.on_commit(lambda: self._inbox.entries.__setitem__(entry.id, entry))
        return True

    async def mark_processed(self, webhook_id: WebhookId, skipped: Mapping[str, int]) -> None:
        processed = replace(self._inbox.entries[webhook_id], processed_at=MORNING)
        self.on_commit(lambda: self._inbox.entries.__setitem__(webhook_id, processed))
        self.on_commit(lambda: self._inbox.skipped.__setitem__(webhook_id, dict(skipped)))


class GivenNumbers:
    """The domain's BusinessNumbers."""

    def __init__(self, owners: Mapping[str, OrganizationId]) -> None:
        self._owners = owners

    async def owners(self, phone_number_ids: Collection[str]) -> Mapping[str, OrganizationId]:
        return {
            number: self._owners[number] for number in {*phone_number_ids} & self._owners.keys()
        }
