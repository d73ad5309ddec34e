"""Messages in memory and a WhatsApp that does what a test says."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from domain.commands import CommandContext
from domain.directory.customer import Customer
from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId, birth_time
from domain.messaging.conversation import Conversation
from domain.messaging.message import Direction, Message, MessageKind
from domain.messaging.ports import MessageFilter, MessageTransaction, Writer
from domain.messaging.whatsapp_events import Sender
from domain.pages import Page, PageRequest
from tests.support.clocks import new_id
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryMessageStore:
    """The domain's MessageStore; `refusals` of its next transactions fail as if it were away."""

    def __init__(self, *messages: Message, sender: str = "106540352242922") -> None:
        self.ledger = Ledger()
        self.sender = sender
        self.refusals = 0
        self.messages = {message.id: message for message in messages}
        self.customers: dict[CustomerId, Customer] = {}
        self.users: dict[tuple[OrganizationId, str], CustomerId] = {}
        self.jobs: set[JobId] = set()

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
            for message in self.newest_first(organization_id)
            if wanted.customer_id in (None, message.customer_id)
            and wanted.job_id in (None, message.job_id)
        ]
        return Page(tuple(found[: page.size]))

    async def conversations(
        self, organization_id: OrganizationId, page: PageRequest
    ) -> Page[Conversation]:
        newest: dict[CustomerId, Message] = {}
        for message in self.newest_first(organization_id):
            newest.setdefault(message.customer_id, message)
        found = [
            message for message in newest.values() if page.after is None or message.id < page.after
        ]
        shown = found[: page.size]
        return Page(
            tuple(self._conversation(message) for message in shown),
            shown[-1].id if len(found) > page.size else None,
        )

    def newest_first(self, organization_id: OrganizationId) -> Sequence[Message]:
        found = (m for m in self.messages.values() if m.organization_id == organization_id)
        return sorted(found, key=lambda message: message.id, reverse=True)

    def _conversation(self, last: Message) -> Conversation:
        said = [
            message
            for message in self.newest_first(last.organization_id)
            if message.customer_id == last.customer_id
        ]
        customer = self.customers[last.customer_id]
        return Conversation(
            organization_id=last.organization_id,
            customer_id=last.customer_id,
            customer_display_name=customer.display_name,
            phone_number=customer.phone_number,
            last_message=last,
            last_inbound_at=last_inbound_at(said),
            unanswered_count=_unanswered(said),
            version=len(said),
            created_at=said[-1].created_at,
            updated_at=last.updated_at,
        )


def last_inbound_at(messages: Sequence[Message]) -> datetime | None:
    moments = (m.sent_at for m in messages if m.direction is Direction.INBOUND and m.sent_at)
    return max(moments, default=None)


def _unanswered(newest_first: Sequence[Message]) -> int:
    count = 0
    for message in newest_first:
        if message.direction is Direction.OUTBOUND and message.kind is MessageKind.TEXT:
            break
        count += message.direction is Direction.INBOUND
    return count


class InMemoryMessageTransaction(InMemoryTransaction):
    """The domain's MessageTransaction."""

    def __init__(self, store: InMemoryMessageStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._written: dict[MessageId, Message] = {}
        self._new_customers: dict[str, CustomerId] = {}
        self._shown: set[CustomerId] = set()

    async def message(self, message_id: MessageId) -> Message:
        message = self._written.get(message_id) or self._store.messages.get(message_id)
        if message is None or message.organization_id != self._context.organization_id:
            raise NotFoundError("message", message_id)
        return message

    async def message_called(self, wamid: str) -> Message | None:
        for message in (*self._written.values(), *self._store.messages.values()):
            is_ours = message.organization_id == self._context.organization_id
            if is_ours and message.wamid == wamid:
                return message
        return None

    async def sender_phone_number_id(self) -> str:
        return self._store.sender

    async def phone_number_of(self, customer_id: CustomerId) -> str:
        customer = self._store.customers.get(customer_id)
        if customer is None or customer.organization_id != self._context.organization_id:
            raise NotFoundError("customer", customer_id)
        return customer.phone_number

    async def job_exists(self, job_id: JobId) -> bool:
        return job_id in self._store.jobs

    async def last_inbound_at(self, customer_id: CustomerId) -> datetime | None:
        said = self._store.newest_first(self._context.organization_id)
        return last_inbound_at([m for m in said if m.customer_id == customer_id])

    async def customers_writing(self, senders: Sequence[Sender]) -> Sequence[Writer]:
        return [self._customer_writing(sender) for sender in senders]

    def _customer_writing(self, sender: Sender) -> Writer:
        organization_id = self._context.organization_id
        known = self._store.users.get((organization_id, sender.user_id))
        forms = {sender.phone_number, sender.phone_number.replace("+549", "+54", 1)} - {""}
        for customer in self._store.customers.values():
            is_ours = customer.organization_id == organization_id
            if known is None and is_ours and customer.phone_number in forms:
                known = customer.id
        key = sender.phone_number or sender.user_id
        known = known or self._new_customers.get(key)
        if known is None:
            return Writer(self._new_customer(sender, key), is_new=True)
        self._remember(sender, known)
        return Writer(known, is_new=False, shows_number=self._give_number(sender, known))

    def _give_number(self, sender: Sender, customer_id: CustomerId) -> bool:
        customer = self._store.customers.get(customer_id)
        if customer is None or customer.phone_number or customer_id in self._shown:
            return False
        if sender.phone_number:
            self._shown.add(customer_id)
            after = replace(
                customer, phone_number=sender.phone_number, version=customer.version + 1
            )
            self.on_commit(lambda: self._store.customers.__setitem__(customer_id, after))
        return bool(sender.phone_number)

    def _remember(self, sender: Sender, customer_id: CustomerId) -> None:
        if sender.user_id:
            user = (self._context.organization_id, sender.user_id)
            self.on_commit(lambda: self._store.users.__setitem__(user, customer_id))

    def _new_customer(self, sender: Sender, key: str) -> CustomerId:
        customer_id = self._new_customers[key] = CustomerId(new_id())
        customer = Customer(
            id=customer_id,
            organization_id=self._context.organization_id,
            display_name=sender.profile_name or key,
            phone_number=sender.phone_number,
            created_at=birth_time(customer_id),
            updated_at=birth_time(customer_id),
        )
        self.on_commit(lambda: self._store.customers.__setitem__(customer_id, customer))
        self._remember(sender, customer_id)
        return customer_id

    async def add(self, message: Message) -> None:
        await self.save(message)

    async def keep(self, messages: Sequence[Message]) -> int:
        known = {each.wamid for each in (*self._store.messages.values(), *self._written.values())}
        new = {message.wamid: message for message in reversed(messages)}
        for message in messages:
            if message.wamid not in known and new[message.wamid] is message:
                await self.save(message)
        return len(new.keys() - known)

    async def save(self, message: Message) -> None:
        self._written[message.id] = message
        self.on_commit(lambda: self._store.messages.__setitem__(message.id, message))


class ScriptedWhatsApp:
    """The domain's WhatsAppGateway: each send takes the next outcome, an error or a wamid."""

    def __init__(self, *outcomes: str | BaseException) -> None:
        self._outcomes = list(outcomes)
        self.sent: list[MessageId] = []
        self.texts: list[str] = []

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        self.sent.append(message.id)
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def send_text(self, sender_phone_number_id: str, message: Message) -> str:
        self.texts.append(message.body)
        return await self.send_template(sender_phone_number_id, message)
