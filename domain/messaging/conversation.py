"""The conversation with one customer: what was said last, and until when to write freely."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import PreconditionError
from domain.identifiers import CustomerId, OrganizationId
from domain.messaging.message import Message

FREE_TEXT_WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp lets a business write what it likes."""


class ConversationWindowClosedError(PreconditionError):
    """The customer wrote too long ago, or never: only a template may be sent."""

    reason = "CONVERSATION_WINDOW_CLOSED"

    def __init__(self, closed_at: datetime | None) -> None:
        super().__init__(
            "Free text may be sent for 24 hours after the customer last wrote: send a template.",
            closed_at=closed_at.isoformat() if closed_at else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """There is one for each customer with whom a message was exchanged."""

    organization_id: OrganizationId
    customer_id: CustomerId
    customer_display_name: str
    phone_number: str
    """The customer's, as it is now; empty if the customer hides it from the business."""
    last_message: Message | None
    """None once it is older than what is kept hot."""
    last_inbound_at: datetime | None
    unanswered_count: int
    """What the customer has written since the business last wrote freely."""
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def window_closes_at(self) -> datetime | None:
        """Until when free text may be sent; None if the customer never wrote."""
        return window_end(self.last_inbound_at)


def window_end(last_inbound_at: datetime | None) -> datetime | None:
    """Return until when free text may be sent after the customer's last message."""
    return None if last_inbound_at is None else last_inbound_at + FREE_TEXT_WINDOW


def check_window(last_inbound_at: datetime | None, now: datetime) -> None:
    """Raise ConversationWindowClosedError unless free text may be sent."""
    closes_at = window_end(last_inbound_at)
    if closes_at is None or now >= closes_at:
        raise ConversationWindowClosedError(closes_at)
