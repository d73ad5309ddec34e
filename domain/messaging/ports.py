"""What messaging needs from outside: a store, and the way to WhatsApp."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.commands import CommandContext
from domain.errors import DomainError, TemporaryError
from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId
from domain.messaging.conversation import Conversation
from domain.messaging.message import Failure, Message, OutboundMessage
from domain.messaging.whatsapp_events import Sender, WhatsAppEvent
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


class MessageOutbox(Protocol):
    """A transaction of any context that may also tell a customer something."""

    def queue_message(self, message: OutboundMessage) -> None:
        """Store the message with this transaction and have it sent after the commit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages a list holds; None does not restrict it."""

    customer_id: CustomerId | None = None
    job_id: JobId | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """The customer who wrote a message."""

    customer_id: CustomerId
    is_new: bool
    shows_number: bool = False
    """Whether a customer without a number got the one they write from."""


class MessageTransaction(CommandTransaction, Protocol):
    """One command on a message of an organisation."""

    async def message(self, message_id: MessageId) -> Message:
        """Return the message, locked until the transaction ends; raise NotFoundError."""
        ...

    async def sender_phone_number_id(self) -> str:
        """Return the id of the business number the organisation writes from, empty if none."""
        ...

    async def message_called(self, wamid: str) -> Message | None:
        """Return the message that WhatsApp calls so, locked; None if it is none of ours.

        Names are known for longer than messages are kept: None too for one that is gone.
        """
        ...

    async def phone_number_of(self, customer_id: CustomerId) -> str:
        """Return a customer's number, empty if they hide it; raise NotFoundError."""
        ...

    async def job_exists(self, job_id: JobId) -> bool:
        """Tell whether the organisation has this job."""
        ...

    async def last_inbound_at(self, customer_id: CustomerId) -> datetime | None:
        """Return when a customer last wrote, None if they never did."""
        ...

    async def customers_writing(self, senders: Sequence[Sender]) -> Sequence[Writer]:
        """Return who each is: of several customers with a number the last one spoken with.

        Somebody who is not known yet becomes a customer, once, under the name of their profile. Of
        somebody who hid their number it is stored once they show it.
        """
        ...

    async def add(self, message: Message) -> None:
        """Store a new message of the business, with which its conversation goes on."""
        ...

    async def keep(self, messages: Sequence[Message]) -> int:
        """Store what customers wrote, with which their conversations go on; return how many.

        Those whose names at WhatsApp are known are left out.
        """
        ...

    async def save(self, message: Message) -> None:
        """Store the next version of a message that this transaction locked."""
        ...


class MessageStore(Protocol):
    """The messages of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[MessageTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def list(
        self, organization_id: OrganizationId, wanted: MessageFilter, page: PageRequest
    ) -> Page[Message]:
        """Return a page of messages, newest first."""
        ...

    async def conversations(
        self, organization_id: OrganizationId, page: PageRequest
    ) -> Page[Conversation]:
        """Return a page of conversations, the one with the newest message first.

        A page continues after a message: what is said meanwhile puts a conversation before it.
        """
        ...


class WhatsAppReader(Protocol):
    """Reads what WhatsApp delivers."""

    def events(self, content: bytes) -> Sequence[WhatsAppEvent]:
        """Return all events of a delivery; raise InvalidInputError if it is none at all."""
        ...


class MessageRefusedError(DomainError):
    """WhatsApp will never take this message; `failure` says why, as a dispatcher reads it."""

    reason = "WHATSAPP_REFUSED"

    def __init__(self, text: str, failure: Failure) -> None:
        super().__init__(f"WhatsApp refused the message: {text}", code=failure.code)
        self.failure = failure


class SlowDownError(TemporaryError):
    """WhatsApp took nothing because of a limit; try again after `retry_after_seconds`."""

    reason = "WHATSAPP_RATE_LIMITED"


class LoginRefusedError(TemporaryError):
    """WhatsApp does not let us in with the token there is, whatever the message says.

    Somebody has to give another one; until then messages wait.
    """

    reason = "WHATSAPP_LOGIN_REFUSED"


class WhatsAppGateway(Protocol):
    """Sends messages through the WhatsApp Cloud API."""

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        """Send a template message once and return the id WhatsApp gave it.

        Raises MessageRefusedError (never repeat), SlowDownError, LoginRefusedError and
        TemporaryError (WhatsApp does not have it), UnknownOutcomeError (it may have it: do not
        simply send again).
        """
        ...

    async def send_text(self, sender_phone_number_id: str, message: Message) -> str:
        """Do the same with free text."""
        ...
