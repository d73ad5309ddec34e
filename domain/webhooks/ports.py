"""What webhooks need from outside: the sender's secret, the numbers' owners, and an inbox."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.commands import CommandContext
from domain.identifiers import OrganizationId, WebhookId
from domain.transactions import CommandTransaction
from domain.webhooks.inbox import DeliveryPart, InboxEntry


class WhatsAppWebhooks(Protocol):
    """What WhatsApp and we know of one another, and how its deliveries are taken apart."""

    def is_verify_token(self, token: str) -> bool:
        """Tell whether this is the token that we gave WhatsApp; never where we gave none."""
        ...

    def is_genuine(self, content: bytes, signature: str) -> bool:
        """Tell whether WhatsApp signed these very bytes; never where we share no secret."""
        ...

    def parts(self, content: bytes) -> Sequence[DeliveryPart]:
        """Return what a delivery says, by business number; what cannot be read is one part.

        No part is larger than the delivery, or than LARGEST_CONTENT_BYTES, whichever is more.
        """
        ...


class BusinessNumbers(Protocol):
    """Whose the business numbers are, over all organisations."""

    async def owners(self, phone_number_ids: Collection[str]) -> Mapping[str, OrganizationId]:
        """Return the owner of each number that has one."""
        ...


class InboxTransaction(CommandTransaction, Protocol):
    """One command on the inbox of an organisation."""

    async def add(self, entry: InboxEntry) -> bool:
        """Store an entry; False if the organisation has the same content already."""
        ...

    async def mark_processed(self, webhook_id: WebhookId, skipped: Mapping[str, int]) -> None:
        """Note that an entry has taken effect, and what of it was left out, by reason."""
        ...


class WebhookInbox(Protocol):
    """The inboxes of all organisations, one organisation at a time."""

    def transaction(self, context: CommandContext) -> AbstractAsyncContextManager[InboxTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def entry(self, organization_id: OrganizationId, webhook_id: WebhookId) -> InboxEntry:
        """Return an entry; raise NotFoundError."""
        ...
