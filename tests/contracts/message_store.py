"""What every MessageStore owes: messages once, conversations that go on, writers who are known."""

from abc import ABC, abstractmethod
from datetime import timedelta

import pytest

from domain.directory.customer import Customer
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId
from domain.messaging.conversation import Conversation
from domain.messaging.message import Message, MessageKind, MessageState
from domain.messaging.ports import MessageFilter, MessageStore, Writer
from domain.messaging.whatsapp_events import Sender
from domain.pages import PageRequest
from tests.support.builders import a_context, a_message, an_inbound_message
from tests.support.clocks import MORNING
from tests.support.whatsapp_deliveries import a_wamid

MOBILE = "+5491155550123"


class MessageStoreContract(ABC):
    """Subclasses give a store and ways to put in what belongs to other contexts."""

    store: MessageStore

    @abstractmethod
    async def a_tenant(self) -> OrganizationId:
        """Return a new organisation."""

    @abstractmethod
    async def a_customer(self, organization_id: OrganizationId, **particular: object) -> Customer:
        """Return a new customer of an organisation."""

    @abstractmethod
    async def drop(self, message: Message) -> None:
        """Let a message go as the partition does that it is in; its name stays."""

    async def kept(self, *messages: Message) -> int:
        async with self.store.transaction(a_context(messages[0].organization_id)) as transaction:
            return await transaction.keep(messages)

    async def written_by(self, customer: Customer, **particular: object) -> Message:
        message = an_inbound_message(customer, **particular)
        assert await self.kept(message) == 1
        return message

    async def written_to(self, customer: Customer, **particular: object) -> Message:
        message = a_message(
            customer.organization_id,
            customer_id=customer.id,
            **{
                "kind": MessageKind.TEXT,
                "template_name": "",
                "template_language": "",
                "template_parameters": (),
                **particular,
            },
        )
        async with self.store.transaction(a_context(message.organization_id)) as transaction:
            await transaction.add(message)
        return message

    async def conversations(self, organization_id: OrganizationId) -> list[Conversation]:
        return list((await self.store.conversations(organization_id, PageRequest())).items)

    async def writer(self, organization_id: OrganizationId, sender: Sender) -> Writer:
        async with self.store.transaction(a_context(organization_id)) as transaction:
            (writer,) = await transaction.customers_writing([sender])
        return writer

    async def number_of(self, organization_id: OrganizationId, writer: Writer) -> str:
        async with self.store.transaction(a_context(organization_id)) as transaction:
            return await transaction.phone_number_of(writer.customer_id)

    async def test_a_customers_message_comes_back_as_it_was(self) -> None:
        customer = await self.a_customer(await self.a_tenant())

        message = await self.written_by(
            customer, kind=MessageKind.OTHER, content_type="image", body="La pérdida"
        )

        page = await self.store.list(customer.organization_id, MessageFilter(), PageRequest())
        assert page.items == (message,)

    async def test_a_message_that_whatsapp_named_before_is_stored_once(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        wamid = a_wamid()
        await self.written_by(customer, wamid=wamid)

        count = await self.kept(
            an_inbound_message(customer, wamid=wamid), another := an_inbound_message(customer)
        )

        (conversation,) = await self.conversations(customer.organization_id)
        assert count == 1
        assert conversation.unanswered_count == 2
        assert conversation.last_message == another

    async def test_a_message_that_comes_twice_at_once_is_stored_once(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        messages = [an_inbound_message(customer, wamid="wamid.1") for _ in range(2)]

        count = await self.kept(*messages)

        (conversation,) = await self.conversations(customer.organization_id)
        assert count == 1
        assert conversation.unanswered_count == 1

    async def test_messages_of_one_transaction_count_in_their_conversations(self) -> None:
        organization_id = await self.a_tenant()
        ana, luis = [await self.a_customer(organization_id) for _ in range(2)]
        messages = [an_inbound_message(customer) for customer in (luis, ana, luis)]

        await self.kept(*messages)

        found = {each.customer_id: each for each in await self.conversations(organization_id)}
        assert found[luis.id].unanswered_count == 2
        assert found[luis.id].last_message == messages[2]
        assert found[ana.id].unanswered_count == 1

    async def test_a_conversation_shows_what_was_said_last_and_until_when_to_write(self) -> None:
        customer = await self.a_customer(await self.a_tenant(), display_name="Ana")
        await self.written_by(customer, sent_at=MORNING)
        last = await self.written_by(customer, sent_at=MORNING - timedelta(hours=1))

        (conversation,) = await self.conversations(customer.organization_id)

        assert conversation.last_message == last
        assert conversation.customer_display_name == "Ana"
        assert conversation.window_closes_at == MORNING + timedelta(hours=24)

    async def test_an_answer_counts_what_the_customer_wrote_anew(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        await self.written_by(customer)
        await self.written_to(customer)
        await self.written_by(customer)

        (conversation,) = await self.conversations(customer.organization_id)

        assert conversation.unanswered_count == 1

    async def test_conversations_come_newest_first_in_pages(self) -> None:
        organization_id = await self.a_tenant()
        customers = [await self.a_customer(organization_id) for _ in range(3)]
        for customer in (*customers, customers[0]):
            await self.written_by(customer)

        first = await self.store.conversations(organization_id, PageRequest(size=2))
        second = await self.store.conversations(
            organization_id, PageRequest(size=2, after=first.next_after)
        )

        listed = [each.customer_id for each in (*first.items, *second.items)]
        assert listed == [customers[0].id, customers[2].id, customers[1].id]
        assert second.next_after is None

    async def test_conversations_of_others_are_not_shown(self) -> None:
        await self.written_by(await self.a_customer(await self.a_tenant()))

        assert await self.conversations(await self.a_tenant()) == []

    async def test_a_message_is_found_by_the_name_whatsapp_gave_it(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        sent = (await self.written_to(customer)).taken(a_wamid(), MORNING)
        async with self.store.transaction(a_context(customer.organization_id)) as transaction:
            await transaction.save(sent)

        async with self.store.transaction(a_context(customer.organization_id)) as transaction:
            found = await transaction.message_called(sent.wamid)
            unknown = await transaction.message_called("wamid.other")

        assert found == sent
        assert unknown is None

    async def test_a_message_of_others_is_not_found_by_its_name(self) -> None:
        message = await self.written_by(await self.a_customer(await self.a_tenant()))

        async with self.store.transaction(a_context(await self.a_tenant())) as transaction:
            found = await transaction.message_called(message.wamid)

        assert found is None

    async def test_the_name_of_a_message_that_is_gone_means_nothing(self) -> None:
        message = await self.written_by(await self.a_customer(await self.a_tenant()))
        await self.drop(message)

        async with self.store.transaction(a_context(message.organization_id)) as transaction:
            found = await transaction.message_called(message.wamid)

        assert found is None

    async def test_what_a_transaction_changed_it_sees(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        message = await self.written_to(customer)

        async with self.store.transaction(a_context(customer.organization_id)) as transaction:
            await transaction.save(message.taken("wamid.1", MORNING))
            seen = await transaction.message(message.id)

        assert seen.state is MessageState.SENT

    @pytest.mark.parametrize("stored", [MOBILE, "+541155550123"])
    async def test_a_customer_is_known_by_their_number_however_it_is_written(
        self, stored: str
    ) -> None:
        customer = await self.a_customer(await self.a_tenant(), phone_number=stored)

        writer = await self.writer(customer.organization_id, Sender(phone_number=MOBILE))

        assert writer == Writer(customer.id, is_new=False)

    async def test_somebody_new_becomes_a_customer_once(self) -> None:
        organization_id = await self.a_tenant()
        sender = Sender(phone_number=MOBILE, profile_name="Ana")

        first = await self.writer(organization_id, sender)
        second = await self.writer(organization_id, sender)

        assert first.is_new
        assert second == Writer(first.customer_id, is_new=False)

    async def test_somebody_new_who_writes_twice_at_once_is_one_customer(self) -> None:
        organization_id = await self.a_tenant()
        sender = Sender(phone_number=MOBILE, profile_name="Ana")
        renamed = Sender(phone_number=MOBILE, profile_name="Ana María")

        async with self.store.transaction(a_context(organization_id)) as transaction:
            writers = await transaction.customers_writing([sender, renamed, sender])

        assert len({writer.customer_id for writer in writers}) == 1
        assert [writer.is_new for writer in writers].count(True) == 1

    async def test_somebody_who_wrote_with_their_number_is_known_when_they_hide_it(self) -> None:
        customer = await self.a_customer(await self.a_tenant(), phone_number=MOBILE)
        with_both = Sender(phone_number=MOBILE, user_id="AR.1349")
        await self.writer(customer.organization_id, with_both)

        writer = await self.writer(customer.organization_id, Sender(user_id="AR.1349"))

        assert writer == Writer(customer.id, is_new=False)

    async def test_somebody_who_hides_their_number_is_known_by_whatsapps_id(self) -> None:
        organization_id = await self.a_tenant()
        sender = Sender(user_id="AR.1349", profile_name="Ana")

        first = await self.writer(organization_id, sender)
        second = await self.writer(organization_id, sender)
        elsewhere = await self.writer(await self.a_tenant(), sender)

        assert second == Writer(first.customer_id, is_new=False)
        assert elsewhere.is_new

    async def test_somebody_who_shows_their_number_at_last_can_be_written_to(self) -> None:
        organization_id = await self.a_tenant()
        hidden = await self.writer(organization_id, Sender(user_id="AR.1349", profile_name="Ana"))
        shown = Sender(user_id="AR.1349", phone_number=MOBILE, profile_name="Ana")

        async with self.store.transaction(a_context(organization_id)) as transaction:
            first, second = await transaction.customers_writing([shown, shown])

        assert first == Writer(hidden.customer_id, is_new=False, shows_number=True)
        assert second == Writer(hidden.customer_id, is_new=False)
        assert await self.number_of(organization_id, hidden) == MOBILE

    async def test_a_number_that_the_office_wrote_down_stays(self) -> None:
        customer = await self.a_customer(await self.a_tenant(), phone_number="+541155550123")
        await self.writer(customer.organization_id, Sender(user_id="AR.1349", phone_number=MOBILE))
        moved = Sender(user_id="AR.1349", phone_number="+5491155550999")

        writer = await self.writer(customer.organization_id, moved)

        assert writer == Writer(customer.id, is_new=False)
        assert await self.number_of(customer.organization_id, writer) == "+541155550123"

    async def test_a_customer_of_others_is_nobody_here(self) -> None:
        await self.a_customer(await self.a_tenant(), phone_number=MOBILE)

        writer = await self.writer(await self.a_tenant(), Sender(phone_number=MOBILE))

        assert writer.is_new

    async def test_the_number_of_a_customer_of_others_is_not_told(self) -> None:
        customer = await self.a_customer(await self.a_tenant())

        async with self.store.transaction(a_context(await self.a_tenant())) as transaction:
            with pytest.raises(NotFoundError):
                await transaction.phone_number_of(customer.id)

    async def test_whoever_never_wrote_has_no_last_time(self) -> None:
        customer = await self.a_customer(await self.a_tenant())
        await self.written_to(customer)

        async with self.store.transaction(a_context(customer.organization_id)) as transaction:
            moment = await transaction.last_inbound_at(customer.id)

        assert moment is None
