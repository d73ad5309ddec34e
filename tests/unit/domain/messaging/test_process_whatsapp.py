"""A delivery of WhatsApp takes effect: once, wholly, and whatever comes in which order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from adapters.clock import Uuid7Source
from adapters.whatsapp.deliveries import CloudApiReader
from domain.commands import CommandContext, TaskClaim
from domain.errors import TemporaryError
from domain.identifiers import (
    PLATFORM_ORGANIZATION_ID,
    CustomerId,
    OrganizationId,
    TaskId,
    WebhookId,
)
from domain.messaging.message import Message, MessageKind, MessageState
from domain.messaging.use_cases.process_whatsapp import (
    ProcessingPorts,
    WebhookUnreadableError,
    process_whatsapp,
)
from domain.webhooks.inbox import InboxEntry
from tests.support.builders import a_context, a_customer, a_message, an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_messages import InMemoryMessageStore
from tests.support.in_memory_webhooks import InMemoryWebhookInbox
from tests.support.whatsapp_deliveries import (
    a_delivery,
    a_status,
    a_wamid,
    an_inbound,
    an_inbound_text,
    delivery_of,
)


class Desk:
    """One organisation's inbox and messages, and whoever processes what comes in."""

    def __init__(self, organization_id: OrganizationId | None = None) -> None:
        self.organization_id = organization_id or an_organization_id()
        self.inbox = InMemoryWebhookInbox()
        self.messages = InMemoryMessageStore()
        self._ports = ProcessingPorts(
            inbox=self.inbox,
            messages=self.messages,
            reader=CloudApiReader(),
            clock=StoppedClock(),
            ids=Uuid7Source(),
        )

    def take(self, content: bytes) -> WebhookId:
        entry = InboxEntry(
            id=WebhookId(new_id()), organization_id=self.organization_id, content=content
        )
        self.inbox.entries[entry.id] = entry
        return entry.id

    async def process(self, content: bytes) -> WebhookId:
        webhook_id = self.take(content)
        await self.process_entry(webhook_id)
        return webhook_id

    async def process_entry(self, webhook_id: WebhookId) -> None:
        await process_whatsapp(self._ports, context=self._context(), webhook_id=webhook_id)

    def sent(self, **particular: Any) -> Message:
        """Return a message of ours that is on its way."""
        message = a_message(self.organization_id, sending_since=MORNING, **particular)
        self.messages.messages[message.id] = message
        return message

    def now(self, message: Message) -> Message:
        return self.messages.messages[message.id]

    def written(self) -> Sequence[Message]:
        """Return all messages in the order in which they were kept."""
        return self.messages.newest_first(self.organization_id)[::-1]

    def _context(self) -> CommandContext:
        claim = TaskClaim(task_id=TaskId(new_id()), fencing_token=1, attempt=1)
        return a_context(self.organization_id, task=claim)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_a_stranger_writes_is_kept_and_makes_a_customer(desk: Desk) -> None:
    await desk.process(a_delivery(an_inbound_text("Hola", id="wamid.1"), name="Ana"))

    (message,) = desk.written()
    (customer,) = desk.messages.customers.values()
    assert (message.body, message.wamid, message.kind) == ("Hola", "wamid.1", MessageKind.TEXT)
    assert message.customer_id == customer.id
    assert (customer.display_name, customer.phone_number) == ("Ana", "+5491155550123")
    assert desk.messages.ledger.audits == [("customer_created", customer.id)]


async def test_what_a_customer_writes_is_theirs(desk: Desk) -> None:
    customer = a_customer(desk.organization_id, id=CustomerId(new_id()))
    desk.messages.customers[customer.id] = customer

    await desk.process(a_delivery(an_inbound_text()))

    assert [message.customer_id for message in desk.written()] == [customer.id]
    assert len(desk.messages.customers) == 1


async def test_who_hid_their_number_has_it_from_the_message_that_shows_it(desk: Desk) -> None:
    hidden = an_inbound_text(**{"from": "", "from_user_id": "AR.1349"})
    await desk.process(a_delivery(hidden))

    await desk.process(a_delivery(an_inbound_text(from_user_id="AR.1349")))

    (customer,) = desk.messages.customers.values()
    assert customer.phone_number == "+5491155550123"
    assert desk.messages.ledger.audits == [
        ("customer_created", customer.id),
        ("customer_updated", customer.id),
    ]


async def test_the_task_is_finished_with_the_entry(desk: Desk) -> None:
    webhook_id = await desk.process(a_delivery(an_inbound_text()))

    assert desk.inbox.entries[webhook_id].processed_at is not None
    assert len(desk.inbox.ledger.finished_tasks) == 1


async def test_a_repeat_in_other_bodies_has_no_second_effect(desk: Desk) -> None:
    first, second = an_inbound_text("uno"), an_inbound_text("dos")

    for events in ((first,), (first, second), (second, first)):
        await desk.process(a_delivery(*events))

    assert sorted(message.body for message in desk.written()) == ["dos", "uno"]


async def test_an_entry_that_was_processed_is_not_read_again(desk: Desk) -> None:
    webhook_id = await desk.process(a_delivery(an_inbound_text()))

    await desk.process_entry(webhook_id)

    assert len(desk.written()) == 1
    assert len(desk.inbox.ledger.finished_tasks) == 2


async def test_what_was_cut_off_goes_on_where_it_was(desk: Desk) -> None:
    events = [an_inbound_text(str(number)) for number in range(120)]
    webhook_id = desk.take(a_delivery(*events))
    desk.messages.refusals = 1

    with pytest.raises(TemporaryError):
        await desk.process_entry(webhook_id)
    await desk.process_entry(webhook_id)

    assert sorted(int(message.body) for message in desk.written()) == list(range(120))


async def test_messages_are_kept_in_the_order_in_which_they_were_written(desk: Desk) -> None:
    base = int(MORNING.timestamp())
    events = [an_inbound_text(str(n), timestamp=str(base + n)) for n in (2, 0, 1)]

    await desk.process(a_delivery(*events))

    assert [message.body for message in desk.written()] == ["0", "1", "2"]


async def test_a_clock_that_is_ahead_does_not_keep_the_window_open(desk: Desk) -> None:
    tomorrow = MORNING + timedelta(days=3650)

    await desk.process(a_delivery(an_inbound_text(timestamp=str(int(tomorrow.timestamp())))))

    (message,) = desk.written()
    assert message.sent_at == message.created_at


@pytest.mark.parametrize(
    ("event", "content_type", "body"),
    [
        (an_inbound("image", image={"id": "1", "caption": "La pérdida"}), "image", "La pérdida"),
        (an_inbound("audio", audio={"id": "1", "voice": True}), "audio", ""),
        (an_inbound("location", location={"latitude": -34.6}), "location", ""),
        (an_inbound("reaction", reaction={"emoji": "👍"}), "reaction", "👍"),
        (an_inbound("hologram", hologram=7), "hologram", ""),
    ],
)
async def test_what_is_no_text_is_kept_as_what_it_is(
    desk: Desk, event: dict[str, Any], content_type: str, body: str
) -> None:
    await desk.process(a_delivery(event))

    (message,) = desk.written()
    assert message.kind is MessageKind.OTHER
    assert (message.content_type, message.body) == (content_type, body)


@pytest.mark.parametrize(
    "event",
    [
        an_inbound("button", button={"text": "Sí", "payload": "yes"}),
        an_inbound("interactive", interactive={"button_reply": {"id": "1", "title": "Sí"}}),
        an_inbound("interactive", interactive={"list_reply": {"id": "1", "title": "Sí"}}),
        an_inbound_text("S\0í"),
    ],
)
async def test_a_button_that_was_pressed_is_text(desk: Desk, event: dict[str, Any]) -> None:
    await desk.process(a_delivery(event))

    (message,) = desk.written()
    assert (message.kind, message.body) == (MessageKind.TEXT, "Sí")


async def test_statuses_take_the_message_further(desk: Desk) -> None:
    message = desk.sent()

    await desk.process(a_delivery(a_status("delivered", "wamid.1", message_id=message.id)))

    assert desk.now(message).state is MessageState.DELIVERED
    assert desk.now(message).wamid == "wamid.1"
    assert desk.now(message).sending_since is None


async def test_statuses_of_one_body_need_no_order(desk: Desk) -> None:
    message = desk.sent()
    statuses = [
        a_status(status, "wamid.1", message_id=message.id)
        for status in ("read", "sent", "delivered", "sent")
    ]

    await desk.process(a_delivery(*statuses))

    assert desk.now(message).state is MessageState.READ


async def test_a_status_that_bears_whatsapps_name_alone_is_understood(desk: Desk) -> None:
    message = desk.sent(wamid="wamid.7", state=MessageState.SENT)

    await desk.process(a_delivery(a_status("played", "wamid.7")))

    assert desk.now(message).state is MessageState.READ


async def test_a_failure_is_told_in_spanish(desk: Desk) -> None:
    message = desk.sent()
    errors = [{"code": 131026, "title": "Message undeliverable"}]

    await desk.process(
        a_delivery(a_status("failed", "wamid.1", message_id=message.id, errors=errors))
    )

    failure = desk.now(message).failure
    assert failure is not None
    assert failure.code == "131026"
    assert failure.message.startswith("No se pudo entregar")
    assert desk.messages.ledger.audits == [("message_failed", message.id)]


@pytest.mark.parametrize(
    ("content", "skipped"),
    [
        (a_delivery(a_status("delivered", "wamid.unknown")), {"unknown_message": 1}),
        (a_delivery(a_status("delivered", "w", message_id=new_id())), {"unknown_message": 1}),
        (
            a_delivery(a_status("delivered", "w", biz_opaque_callback_data="of another app")),
            {"unknown_message": 1},
        ),
        (a_delivery(a_status("warning", "wamid.1")), {"status:warning": 1}),
        (
            delivery_of({"field": "account_update", "value": {"event": "X"}}),
            {"field:account_update": 1},
        ),
    ],
)
async def test_what_is_not_for_us_is_left_out_and_said(
    desk: Desk, content: bytes, skipped: dict[str, int]
) -> None:
    webhook_id = await desk.process(content)

    assert desk.inbox.skipped[webhook_id] == skipped


async def test_the_own_message_of_a_customer_has_no_state_of_ours(desk: Desk) -> None:
    wamid = a_wamid()
    await desk.process(a_delivery(an_inbound_text(id=wamid)))

    webhook_id = await desk.process(a_delivery(a_status("read", wamid)))

    assert [message.state for message in desk.written()] == [MessageState.SENT]
    assert desk.inbox.skipped[webhook_id] == {"unknown_message": 1}


async def test_what_belongs_to_nobody_is_left_out() -> None:
    platform = Desk(PLATFORM_ORGANIZATION_ID)

    webhook_id = await platform.process(a_delivery(an_inbound_text(), a_status("read", "wamid.1")))

    assert platform.written() == []
    assert platform.inbox.skipped[webhook_id] == {"unknown_number": 2}


@pytest.mark.parametrize(
    "odd",
    [
        an_inbound_text(timestamp="yesterday"),
        an_inbound_text(id=""),
        an_inbound_text(id="wamid.\0"),
        an_inbound_text(id="wamid.\ud800"),
        an_inbound_text(**{"from": "Ana"}),
        an_inbound_text(**{"from": ""}),
        {"status": "read"},
    ],
)
async def test_an_odd_event_kills_its_task_and_not_its_neighbours(
    desk: Desk, odd: dict[str, Any]
) -> None:
    webhook_id = desk.take(a_delivery(an_inbound_text("uno"), odd, an_inbound_text("dos")))

    with pytest.raises(WebhookUnreadableError):
        await desk.process_entry(webhook_id)

    assert sorted(message.body for message in desk.written()) == ["dos", "uno"]
    assert desk.inbox.entries[webhook_id].processed_at is None


@pytest.mark.parametrize("content", [b"", b"no JSON", b"5", b'{"entry": 5}', b"\xff", b"[" * 10**5])
async def test_what_is_no_delivery_kills_its_task(desk: Desk, content: bytes) -> None:
    webhook_id = desk.take(content)

    with pytest.raises(Exception, match="no delivery") as raised:
        await desk.process_entry(webhook_id)

    assert getattr(raised.value, "reason", "") == "WEBHOOK_UNREADABLE"
