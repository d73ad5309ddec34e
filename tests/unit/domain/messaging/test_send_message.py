"""A person of the business writes to a customer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.commands import RequestIdReusedError
from domain.directory.customer import Customer
from domain.errors import DomainError, NotFoundError
from domain.identifiers import CustomerId, JobId, RequestId
from domain.messaging.message import Message, MessageKind, MessageState
from domain.messaging.use_cases.send_message import SendMessage, send_message
from tests.support.builders import (
    PARAMETERS,
    a_context,
    a_customer,
    an_inbound_message,
    an_organization_id,
)
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_messages import InMemoryMessageStore


class Office:
    """A business with one customer."""

    def __init__(self, **customer: Any) -> None:
        self.customer: Customer = a_customer(an_organization_id(), **customer)
        self.store = InMemoryMessageStore()
        self.store.customers[self.customer.id] = self.customer
        self.clock = StoppedClock()

    def hear(self, ago: timedelta = timedelta()) -> None:
        message = an_inbound_message(self.customer, sent_at=MORNING - ago)
        self.store.messages[message.id] = message

    async def send(self, request_id: RequestId | None = None, **particular: Any) -> Message:
        values = {"customer_id": self.customer.id, **particular}
        return await send_message(
            self.store,
            self.clock,
            Uuid7Source(),
            context=a_context(self.customer.organization_id, request_id=request_id),
            command=SendMessage(**values),
        )


@pytest.mark.parametrize("ago", [timedelta(), timedelta(hours=23, minutes=59)])
async def test_free_text_goes_to_a_customer_who_wrote_within_a_day(ago: timedelta) -> None:
    office = Office()
    office.hear(ago)

    message = await office.send(text="Llegamos en 10 minutos")

    assert office.store.messages[message.id] == message
    assert (message.kind, message.state) == (MessageKind.TEXT, MessageState.QUEUED)
    assert (message.body, message.phone_number) == ("Llegamos en 10 minutos", "+5491155550123")


async def test_somebody_waits_for_it() -> None:
    office = Office()
    office.hear()

    message = await office.send(text="ok")

    (task,) = office.store.ledger.tasks.values()
    assert (task.type, task.payload) == ("whatsapp:send", {"message_id": str(message.id)})
    assert task.is_awaited


@pytest.mark.parametrize("ago", [None, timedelta(hours=24), timedelta(days=3)])
async def test_free_text_is_refused_once_the_window_is_closed(ago: timedelta | None) -> None:
    office = Office()
    if ago is not None:
        office.hear(ago)

    with pytest.raises(DomainError) as refusal:
        await office.send(text="ok")

    assert refusal.value.reason == "CONVERSATION_WINDOW_CLOSED"
    assert office.store.ledger.tasks == {}


async def test_a_template_may_be_sent_at_any_time() -> None:
    office = Office()

    message = await office.send(template_name="job_completed_invoice", parameters=PARAMETERS)

    assert message.kind is MessageKind.TEMPLATE
    assert message.body.startswith("Hola Ana, terminamos el trabajo N.º 17.")
    assert (message.template_language, message.template_parameters) == ("es_AR", PARAMETERS)


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("no_such", (), "template.name"),
        ("job_completed_invoice", PARAMETERS[:-1], "template.parameters"),
    ],
)
async def test_a_template_that_does_not_fit_is_refused(
    name: str, parameters: tuple[str, ...], field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        await Office().send(template_name=name, parameters=parameters)

    assert refusal.value.reason == "MESSAGE_TEMPLATE_INVALID"
    assert refusal.value.metadata["field"] == field


async def test_the_same_text_twice_is_two_messages() -> None:
    office = Office()
    office.hear()

    first = await office.send(text="ok")
    second = await office.send(text="ok")

    assert first.id != second.id
    assert len(office.store.ledger.tasks) == 2


async def test_a_repeat_under_the_same_request_id_sends_nothing() -> None:
    office, request_id = Office(), RequestId(uuid4())
    office.hear()

    first = await office.send(request_id, text="ok")
    office.clock.advance(timedelta(days=2))
    second = await office.send(request_id, text="ok")

    assert second == first
    assert len(office.store.ledger.tasks) == 1


async def test_a_request_id_is_for_one_text() -> None:
    office, request_id = Office(), RequestId(uuid4())
    office.hear()
    await office.send(request_id, text="ok")

    with pytest.raises(RequestIdReusedError):
        await office.send(request_id, text="bueno")


@pytest.mark.parametrize(
    "unknown", [{"customer_id": CustomerId(new_id())}, {"job_id": JobId(new_id())}]
)
async def test_what_does_not_exist_is_not_found(unknown: dict[str, Any]) -> None:
    office = Office()
    office.hear()

    with pytest.raises(NotFoundError):
        await office.send(text="ok", **unknown)


async def test_a_customer_who_hides_their_number_cannot_be_written_to() -> None:
    office = Office(phone_number="")
    office.hear()

    with pytest.raises(DomainError) as refusal:
        await office.send(text="ok")

    assert refusal.value.reason == "CUSTOMER_WITHOUT_PHONE_NUMBER"


async def test_an_organisation_without_a_number_is_told_so() -> None:
    office = Office()
    office.store.sender = ""
    office.hear()

    with pytest.raises(DomainError) as refusal:
        await office.send(text="ok")

    assert refusal.value.reason == "WHATSAPP_NOT_CONNECTED"
