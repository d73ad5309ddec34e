"""The inbox on a real Postgres, and deliveries that take effect there at the same time."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest

from adapters.clock import SystemClock, Uuid7Source
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.message_store import PostgresMessageStore
from adapters.postgres.pools import create_pool
from adapters.postgres.webhook_inbox import PostgresWebhookInbox
from adapters.whatsapp.deliveries import CloudApiReader
from domain.errors import TemporaryError
from domain.identifiers import MessageId, OrganizationId, WebhookId
from domain.messaging.message import Message, MessageKind, MessageState
from domain.messaging.ports import MessageFilter
from domain.messaging.use_cases.process_whatsapp import ProcessingPorts, process_whatsapp
from domain.pages import PageRequest
from tests.contracts.webhook_inbox import WebhookInboxContract, an_entry
from tests.support.builders import a_context, a_message
from tests.support.clocks import new_id
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database
from tests.support.whatsapp_deliveries import Event, a_delivery, a_status, an_inbound_text

EVENTS = 1000
CUSTOMERS = 25
KEPT = "SELECT body, count(*) FROM whatsapp_messages WHERE direction = 'INBOUND' GROUP BY body"
CONVERSATIONS = "SELECT count(*), sum(unanswered_count) FROM whatsapp_conversations"


class TestPostgresWebhookInbox(WebhookInboxContract):
    @pytest.fixture(autouse=True)
    async def _open_inbox(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.tenants = Tenants(opener)
            self.inbox = PostgresWebhookInbox(opener)
            yield

    async def a_tenant(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def test_only_what_took_effect_long_ago_is_forgotten(self, database: Database) -> None:
        organization_id = await self.a_tenant()
        entries = [an_entry(organization_id, str(number).encode()) for number in range(3)]
        for entry in entries:
            await self.added(entry)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            for entry, age in ((entries[0], "11 days"), (entries[1], "9 days")):
                connection.execute(
                    "UPDATE webhook_inbox SET processed_at = now() - %s::interval WHERE id = %s",
                    [age, entry.id],
                )

        async with create_pool(database.system_url, name="test", max_size=1) as pool:
            forgotten = await PostgresHousekeeping(pool).delete_old_webhooks(10)

        with psycopg.connect(database.superuser_url) as connection:
            left = {row[0] for row in connection.execute("SELECT id FROM webhook_inbox")}
        assert forgotten == 1
        assert left == {entries[1].id, entries[2].id}


class Desk:
    """One organisation on a real database."""

    def __init__(self, ports: ProcessingPorts, tenants: Tenants, database: Database) -> None:
        self.ports = ports
        self.tenants = tenants
        self._database = database

    async def open(self) -> None:
        self.organization_id = (await self.tenants.organization()).id

    async def process(self, content: bytes) -> None:
        """Take a delivery and process it; when the database falls out with itself, again."""
        entry = an_entry(self.organization_id, content)
        async with self.ports.inbox.transaction(a_context(self.organization_id)) as transaction:
            await transaction.add(entry)
        for _ in range(3):
            try:
                await self._attempt(entry.id)
            except TemporaryError:
                continue
            return
        await self._attempt(entry.id)

    async def _attempt(self, webhook_id: WebhookId) -> None:
        context = a_context(self.organization_id)
        await process_whatsapp(self.ports, context=context, webhook_id=webhook_id)

    async def sent(self) -> Message:
        """Return a message of ours that is on its way."""
        customer = await self.tenants.customer(self.organization_id, phone_number="+5491100000000")
        message = a_message(
            self.organization_id,
            id=MessageId(new_id()),
            customer_id=customer.id,
            kind=MessageKind.TEMPLATE,
        )
        async with self.ports.messages.transaction(a_context(self.organization_id)) as transaction:
            await transaction.add(message)
        return message

    async def states(self) -> Sequence[MessageState]:
        page = await self.ports.messages.list(
            self.organization_id, MessageFilter(), PageRequest(size=200)
        )
        return [message.state for message in page.items]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._database.superuser_url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with open_transactions(database) as opener:
        ports = ProcessingPorts(
            inbox=PostgresWebhookInbox(opener),
            messages=PostgresMessageStore(opener),
            reader=CloudApiReader(),
            clock=SystemClock(),
            ids=Uuid7Source(),
        )
        opened = Desk(ports, Tenants(opener), database)
        await opened.open()
        yield opened


def texts(count: int) -> list[Event]:
    return [
        an_inbound_text(f"mensaje {number}", **{"from": f"54911{number % CUSTOMERS:08}"})
        for number in range(count)
    ]


async def test_a_thousand_events_and_their_replays_take_effect_once(desk: Desk) -> None:
    events = texts(EVENTS)
    bodies = [a_delivery(*events), a_delivery(*events[::-1]), a_delivery(*events[: EVENTS // 2])]

    await asyncio.gather(*(desk.process(body) for body in bodies))

    assert sorted(desk.rows(KEPT)) == sorted((f"mensaje {number}", 1) for number in range(EVENTS))
    assert desk.rows(CONVERSATIONS) == [(CUSTOMERS, EVENTS)]


async def test_statuses_that_come_at_once_leave_the_furthest(desk: Desk) -> None:
    sent = [await desk.sent() for _ in range(20)]
    bodies = [
        a_delivery(*(a_status(status, f"wamid.{each.id}", message_id=each.id) for each in order))
        for status, order in (("read", sent), ("sent", sent[::-1]), ("delivered", sent))
    ]

    await asyncio.gather(*(desk.process(body) for body in bodies))

    assert await desk.states() == [MessageState.READ] * 20
