"""What messaging needs from outside: a store, and the way to WhatsApp."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.commands import CommandContext
from domain.errors import DomainError, TemporaryError
from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId
from domain.messaging.message import Message, OutboundMessage
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


class MessageTransaction(CommandTransaction, Protocol):
    """One command on a message of an organisation."""

    async def message(self, message_id: MessageId) -> Message:
        """Return the message, locked until the transaction ends; raise NotFoundError."""
        ...

    async def sender_phone_number_id(self) -> str:
        """Return the id of the business number the organisation writes from, empty if none."""
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


class MessageRefusedError(DomainError):
    """WhatsApp will never take this message; `code` is its own."""

    reason = "WHATSAPP_REFUSED"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"WhatsApp refused the message: {text}", code=code)
        self.code = code


class SlowDownError(TemporaryError):
    """WhatsApp took nothing because of a limit; try again after `retry_after_seconds`."""

    reason = "WHATSAPP_RATE_LIMITED"


class WhatsAppGateway(Protocol):
    """Sends messages through the WhatsApp Cloud API."""

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        """Send a template message once and return the id WhatsApp gave it.

        Raises MessageRefusedError (never repeat), SlowDownError and TemporaryError (WhatsApp does
        not have it), UnknownOutcomeError (it may have it: do not simply send again).
        """
        ...
