"""What WhatsApp tells a business: what customers write, and how far its own messages have come."""

from dataclasses import dataclass
from datetime import datetime

from domain.messaging.message import Failure, MessageKind, MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who wrote. One of the two ids is there: people may hide their number from businesses."""

    phone_number: str = ""
    """E.164: `+549…` for Argentine mobiles."""
    user_id: str = ""
    """WhatsApp's id of the person for this business: `AR.1349…`."""
    profile_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote:
    wamid: str
    sender: Sender
    kind: MessageKind
    content_type: str
    body: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCameFurther:
    wamid: str
    callback_data: str
    """What we sent along with the message: its id with us. Empty where it is none of ours."""
    state: MessageState
    told_at: datetime
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class NotForUs:
    """An event that this build does nothing about."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that should be understood and is not: somebody must look at it."""

    problem: str


WhatsAppEvent = CustomerWrote | MessageCameFurther | NotForUs | Unreadable
