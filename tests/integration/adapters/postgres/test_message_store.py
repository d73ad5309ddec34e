"""Messages on a real Postgres: queued with a command, sent, listed, kept apart."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.message_outbox import MessageOutboxTransaction
from adapters.postgres.message_store import PostgresMessageStore
from adapters.postgres.transactions import TransactionOpener
from domain.directory.customer import Customer
from domain.errors import NotFoundError
from domain.identifiers import JobId, MessageId, OrganizationId
from domain.messaging.message import Failure, Message, MessageState, OutboundMessage
from domain.messaging.ports import MessageFilter
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.messaging.whatsapp_events import Sender
from domain.pages import PageRequest
from tests.contracts.message_store import MOBILE, MessageStoreContract
from tests.support.builders import PARAMETERS, a_context
from tests.support.clocks import MORNING, new_id
from tests.support.postgres_stores import NotedHints, Tenants, open_transactions
from tests.support.servers import Database


class TestPostgresMessageStore(MessageStoreContract):
    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.tenants = Tenants(opener)
            self.store = PostgresMessageStore(opener)
            self.database = database
            yield

    async def a_tenant(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def a_customer(self, organization_id: OrganizationId, **particular: object) -> Customer:
        return await self.tenants.customer(organization_id, **particular)

    async def drop(self, message: Message) -> None:
        with psycopg.connect(self.database.superuser_url) as connection:
            connection.execute("DELETE FROM whatsapp_messages WHERE id = %s", [message.id])

    async def test_two_first_messages_at_once_make_one_customer(self) -> None:
        organization_id = await self.a_tenant()
        sender = Sender(phone_number=MOBILE, user_id="AR.1349", profile_name="Ana")

        writers = await asyncio.gather(*(self.writer(organization_id, sender) for _ in range(4)))

        assert len({writer.customer_id for writer in writers}) == 1
        assert [writer.is_new for writer in writers].count(True) == 1


class Messages:
    """Queues messages for customers of organisations."""

    def __init__(self, opener: TransactionOpener, hints: NotedHints) -> None:
        self.store = PostgresMessageStore(opener)
        self.tenants = Tenants(opener)
        self.hints = hints
        self._opener = opener

    async def a_customer(self) -> Customer:
        organization = await self.tenants.organization(whatsapp_phone_number_id=str(new_id().int))
        return await self.tenants.customer(organization.id)

    async def queue(self, customer: Customer, job_id: JobId | None = None) -> Message:
        context = a_context(customer.organization_id)
        async with self._opener.open(context, MessageOutboxTransaction) as transaction:
            transaction.queue_message(
                OutboundMessage(
                    customer_id=customer.id,
                    job_id=job_id,
                    phone_number=customer.phone_number,
                    template_name=JOB_COMPLETED_INVOICE.name,
                    language=JOB_COMPLETED_INVOICE.language,
                    parameters=PARAMETERS,
                )
            )
        page = await self.store.list(customer.organization_id, MessageFilter(), PageRequest(size=1))
        return page.items[0]


@pytest.fixture
async def messages(database: Database) -> AsyncIterator[Messages]:
    hints = NotedHints()
    async with open_transactions(database, hints) as opener:
        yield Messages(opener, hints)


async def test_a_queued_message_is_stored_with_its_text_and_its_task(messages: Messages) -> None:
    customer = await messages.a_customer()

    message = await messages.queue(customer)

    assert (message.state, message.customer_id) == (MessageState.QUEUED, customer.id)
    assert message.body.startswith("Hola Ana, terminamos el trabajo N.º 17.")
    assert [task.type for task in messages.hints.tasks] == ["whatsapp:send"]


@pytest.mark.parametrize("has_failed", [True, False])
async def test_what_becomes_of_a_message_is_kept(messages: Messages, *, has_failed: bool) -> None:
    message = await messages.queue(await messages.a_customer())
    context = a_context(message.organization_id)
    begun = message.begin_sending(MORNING)
    changed = begun.taken("wamid.1", MORNING)
    if has_failed:
        changed = begun.failed(Failure(code="131026", message="No se pudo entregar."), MORNING)

    async with messages.store.transaction(context) as transaction:
        await transaction.message(message.id)
        await transaction.save(changed)

    async with messages.store.transaction(context) as transaction:
        assert await transaction.message(message.id) == changed


async def test_lists_hold_one_organisations_messages_and_filter_them(messages: Messages) -> None:
    customer, job_id = await messages.a_customer(), JobId(new_id())
    first = await messages.queue(customer, job_id)
    second = await messages.queue(customer)
    await messages.queue(await messages.a_customer())

    async def listed(wanted: MessageFilter) -> list[MessageId]:
        page = await messages.store.list(customer.organization_id, wanted, PageRequest())
        return [message.id for message in page.items]

    assert await listed(MessageFilter()) == [second.id, first.id]
    assert await listed(MessageFilter(customer_id=customer.id)) == [second.id, first.id]
    assert await listed(MessageFilter(job_id=job_id)) == [first.id]


async def test_a_message_of_another_organisation_does_not_exist(messages: Messages) -> None:
    message = await messages.queue(await messages.a_customer())
    other = await messages.a_customer()

    async with messages.store.transaction(a_context(other.organization_id)) as transaction:
        with pytest.raises(NotFoundError):
            await transaction.message(message.id)


async def test_the_sender_is_the_organisations_own_number(messages: Messages) -> None:
    customer = await messages.a_customer()
    organization = await messages.tenants.organization()

    async with messages.store.transaction(a_context(customer.organization_id)) as transaction:
        connected = await transaction.sender_phone_number_id()
    async with messages.store.transaction(a_context(organization.id)) as transaction:
        missing = await transaction.sender_phone_number_id()

    assert connected
    assert missing == ""


async def test_a_queued_message_begins_a_conversation(messages: Messages) -> None:
    message = await messages.queue(await messages.a_customer())

    page = await messages.store.conversations(message.organization_id, PageRequest())

    assert [each.last_message for each in page.items] == [message]
    assert page.items[0].unanswered_count == 0
