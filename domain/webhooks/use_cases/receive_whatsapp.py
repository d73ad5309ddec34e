"""WhatsApp delivers: each organisation's part is stored with the task that processes it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.commands import CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID, IdSource, OrganizationId, WebhookId
from domain.transactions import NewTask
from domain.webhooks.inbox import DeliveryPart, InboxEntry
from domain.webhooks.ports import BusinessNumbers, WebhookInbox, WhatsAppWebhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPorts:
    """Everything from outside that taking a delivery needs."""

    whatsapp: WhatsAppWebhooks
    numbers: BusinessNumbers
    inbox: WebhookInbox
    ids: IdSource


async def receive_whatsapp(ports: WebhookPorts, *, context: CommandContext, content: bytes) -> int:
    """Store a genuine delivery; return how many of its parts were not known yet.

    When it returns, all is durable. What fails half-way is delivered again as a whole, and the
    parts that were stored before are known by their content.
    """
    parts = ports.whatsapp.parts(content)
    owners = await ports.numbers.owners({part.phone_number_id for part in parts} - {""})
    by_owner: dict[OrganizationId, list[DeliveryPart]] = defaultdict(list)
    for part in parts:
        by_owner[owners.get(part.phone_number_id, PLATFORM_ORGANIZATION_ID)].append(part)
    return sum(
        [
            await _store(ports, replace(context, organization_id=owner), owned)
            for owner, owned in by_owner.items()
        ]
    )


async def _store(
    ports: WebhookPorts, context: CommandContext, parts: Sequence[DeliveryPart]
) -> int:
    new = 0
    async with ports.inbox.transaction(context) as transaction:
        for part in parts:
            entry = InboxEntry(
                id=WebhookId(ports.ids.new_id()),
                organization_id=context.organization_id,
                content=part.content,
            )
            if await transaction.add(entry):
                new += 1
                transaction.dispatch(_processing(entry))
    return new


def _processing(entry: InboxEntry) -> NewTask:
    return NewTask(
        type="webhook:process",
        payload={"inbox_id": str(entry.id)},
        idempotency_key=str(entry.id),
    )
