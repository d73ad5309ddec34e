"""Messages in memory and a WhatsApp that does what a test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.commands import CommandContext
from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import MessageId, OrganizationId
from domain.messaging.message import Message
from domain.messaging.ports import MessageFilter, MessageTransaction
from domain.pages import Page, PageRequest
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryMessageStore:
    """The domain's MessageStore; `refusals` of its next transactions fail as if it were away."""

    def __init__(self, *messages: Message, sender: str = "106540352242922") -> None:
        self.ledger = Ledger()
        self.sender = sender
        self.refusals = 0
        self.messages = {message.id: message for message in messages}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[MessageTransaction]:
        if self.refusals:
            self.refusals -= 1
            raise TemporaryError("away", retry_after_seconds=0.001)
        async with committing(InMemoryMessageTransaction(self, context)) as transaction:
            yield transaction

    async def list(
        self, organization_id: OrganizationId, wanted: MessageFilter, page: PageRequest
    ) -> Page[Message]:
        found = [
            message
            for message in sorted(self.messages.values(), key=lambda one: one.id, reverse=True)
            if message.organization_id == organization_id
            and wanted.customer_id in (None, message.customer_id)
            and wanted.job_id in (None, message.job_id)
        ]
        return Page(tuple(found[: page.size]))


class InMemoryMessageTransaction(InMemoryTransaction):
    """The domain's MessageTransaction."""

    def __init__(self, store: InMemoryMessageStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store

    async def message(self, message_id: MessageId) -> Message:
        message = self._store.messages.get(message_id)
        if message is None or message.organization_id != self._context.organization_id:
            raise NotFoundError("message", message_id)
        return message

    async def sender_phone_number_id(self) -> str:
        return self._store.sender

    async def save(self, message: Message) -> None:
        self.on_commit(lambda: self._store.messages.__setitem__(message.id, message))


class ScriptedWhatsApp:
    """The domain's WhatsAppGateway: each send takes the next outcome, an error or a wamid."""

    def __init__(self, *outcomes: str | BaseException) -> None:
        self._outcomes = list(outcomes)
        self.sent: list[MessageId] = []

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        self.sent.append(message.id)
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
