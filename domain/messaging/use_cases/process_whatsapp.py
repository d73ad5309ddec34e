"""A delivery of WhatsApp takes effect: customers' messages are kept, ours come further."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from domain.clock import Clock
from domain.commands import CommandContext
from domain.errors import InvalidInputError, NotFoundError
from domain.identifiers import (
    PLATFORM_ORGANIZATION_ID,
    CustomerId,
    IdSource,
    MessageId,
    WebhookId,
    birth_time,
)
from domain.messaging.message import Direction, Message, MessageState
from domain.messaging.ports import MessageStore, MessageTransaction, WhatsAppReader
from domain.messaging.whatsapp_events import (
    CustomerWrote,
    MessageCameFurther,
    NotForUs,
    Unreadable,
    WhatsAppEvent,
)
from domain.webhooks.ports import WebhookInbox

GROUP = 50
"""How many events take effect in one transaction: a delivery may have a thousand."""
UNKNOWN_NUMBER = "unknown_number"
UNKNOWN_MESSAGE = "unknown_message"

Telling = CustomerWrote | MessageCameFurther


class WebhookUnreadableError(InvalidInputError):
    """Some of a delivery is not what this build understands; the rest of it has taken effect."""

    reason = "WEBHOOK_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingPorts:
    """Everything from outside that processing a delivery needs."""

    inbox: WebhookInbox
    messages: MessageStore
    reader: WhatsAppReader
    clock: Clock
    ids: IdSource


async def process_whatsapp(
    ports: ProcessingPorts, *, context: CommandContext, webhook_id: WebhookId
) -> None:
    """Let every event of an inbox entry take effect once, however often this is repeated.

    Raises WebhookUnreadableError for an entry that cannot be read, or not wholly.
    """
    entry = await ports.inbox.entry(context.organization_id, webhook_id)
    skipped: Counter[str] = Counter()
    if entry.processed_at is None:
        events = ports.reader.events(entry.content)
        skipped += Counter(event.reason for event in events if isinstance(event, NotForUs))
        if context.organization_id == PLATFORM_ORGANIZATION_ID:
            skipped[UNKNOWN_NUMBER] += len(list(_in_order(events)))
        else:
            for group in _groups(list(_in_order(events))):
                skipped += await _apply(ports, context, group)
        _complain([event for event in events if isinstance(event, Unreadable)])
    async with ports.inbox.transaction(context) as transaction:
        await transaction.mark_processed(webhook_id, +skipped)
        transaction.finish_task()


def _in_order(events: Sequence[WhatsAppEvent]) -> Iterator[Telling]:
    """Yield what takes effect: what customers wrote, as they wrote it, then what became of ours.

    All deliveries go through their events in this one order, so that two of them which share rows
    seldom wait for each other.
    """
    wrote = [event for event in events if isinstance(event, CustomerWrote)]
    yield from sorted(wrote, key=lambda event: (event.sent_at, event.wamid))
    further = [event for event in events if isinstance(event, MessageCameFurther)]
    yield from sorted(further, key=lambda event: (event.callback_data, event.wamid))


def _groups(events: Sequence[Telling]) -> Iterator[Sequence[Telling]]:
    for start in range(0, len(events), GROUP):
        yield events[start : start + GROUP]


async def _apply(
    ports: ProcessingPorts, context: CommandContext, group: Sequence[Telling]
) -> Counter[str]:
    skipped: Counter[str] = Counter()
    async with ports.messages.transaction(context) as transaction:
        wrote = [event for event in group if isinstance(event, CustomerWrote)]
        if wrote:
            await _keep(transaction, wrote, context=context, ids=ports.ids)
        for event in group:
            if isinstance(event, MessageCameFurther):
                is_ours = await _advance(transaction, event, ports.clock)
                skipped[UNKNOWN_MESSAGE] += not is_ours
    return skipped


async def _keep(
    transaction: MessageTransaction,
    wrote: Sequence[CustomerWrote],
    *,
    context: CommandContext,
    ids: IdSource,
) -> None:
    writers = await transaction.customers_writing([event.sender for event in wrote])
    for writer in writers:
        if writer.is_new:
            transaction.audit("customer_created", writer.customer_id, source="whatsapp")
        if writer.shows_number:
            transaction.audit(
                "customer_updated", writer.customer_id, fields="phone_number", source="whatsapp"
            )
    await transaction.keep(
        [
            _message_of(
                event,
                MessageId(ids.new_id()),
                customer_id=writer.customer_id,
                context=context,
            )
            for event, writer in zip(wrote, writers, strict=True)
        ]
    )


def _message_of(
    event: CustomerWrote, message_id: MessageId, *, customer_id: CustomerId, context: CommandContext
) -> Message:
    return Message(
        id=message_id,
        organization_id=context.organization_id,
        customer_id=customer_id,
        direction=Direction.INBOUND,
        kind=event.kind,
        content_type=event.content_type,
        state=MessageState.SENT,
        body=event.body,
        phone_number=event.sender.phone_number,
        wamid=event.wamid,
        # Of the future only a wrong clock tells, and it would keep the window open.
        sent_at=min(event.sent_at, birth_time(message_id)),
        created_at=birth_time(message_id),
        updated_at=birth_time(message_id),
    )


async def _advance(
    transaction: MessageTransaction, event: MessageCameFurther, clock: Clock
) -> bool:
    """Note how far a message of ours has come; return False if it is none of ours."""
    message = await _named(transaction, event)
    if message is None or message.direction is Direction.INBOUND:
        return False
    further = message.advanced(
        event.state,
        clock.now(),
        wamid=event.wamid,
        told_at=event.told_at,
        failure=event.failure,
    )
    if further is not message:
        await transaction.save(further)
    if further.state is MessageState.FAILED and message.state is not MessageState.FAILED:
        transaction.audit("message_failed", message.id)
    return True


async def _named(transaction: MessageTransaction, event: MessageCameFurther) -> Message | None:
    """Return the message by our own id, which is known before WhatsApp's is, or by WhatsApp's."""
    with suppress(ValueError, NotFoundError, OverflowError):
        return await transaction.message(MessageId(UUID(event.callback_data)))
    return await transaction.message_called(event.wamid)


def _complain(unreadable: Sequence[Unreadable]) -> None:
    if unreadable:
        raise WebhookUnreadableError(
            f"{len(unreadable)} events cannot be read, the first: {unreadable[0].problem}",
            field="content",
        )
