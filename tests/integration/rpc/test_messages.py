"""MessagingService over a real channel."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio

from campotech.jobs.v1.job_pb2 import Job
from campotech.messaging.v1 import message_pb2, messages_pb2
from campotech.messaging.v1.conversation_pb2 import Conversation
from campotech.messaging.v1.message_pb2 import Message
from campotech.operations.v1 import queues_pb2
from campotech.operations.v1.task_pb2 import Task
from tests.support.builders import PARAMETERS
from tests.support.businesses import Business, a_business, id_in, short
from tests.support.clocks import new_id
from tests.support.platform_work import PlatformWork
from tests.support.refusals import refused
from tests.support.requests import creating_customer
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def send(
    business: Business, text: str = "Llegamos en 10 minutos", request_id: str = ""
) -> Message:
    request = messages_pb2.SendMessageRequest(
        customer=business.customer, text=text, request_id=request_id
    )
    return (await business.office.messaging.SendMessage(request)).message


async def conversations(business: Business, **query: Any) -> list[Conversation]:
    request = messages_pb2.ListConversationsRequest(**query)
    return list((await business.office.messaging.ListConversations(request)).conversations)


@pytest_asyncio.fixture(loop_scope="package")
async def connected(api: Api) -> Business:
    """Return a business that may write over WhatsApp."""
    return await a_business(api, whatsapp_phone_number_id=str(new_id().int)[:15])


async def ids(business: Business, request: messages_pb2.ListMessagesRequest) -> list[str]:
    answer = await business.office.messaging.ListMessages(request)
    return [str(id_in(message.name)) for message in answer.messages]


async def test_a_message_tells_what_the_customer_reads(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)
    sent = await platform_work.sending(await platform_work.message(business, job=job))

    answer = await business.office.messaging.ListMessages(messages_pb2.ListMessagesRequest())

    (message,) = answer.messages
    assert message.name == f"{business.name}/messages/{sent.id}"
    assert (message.customer, message.job) == (business.customer, job.name)
    assert message.direction == message_pb2.Message.DIRECTION_OUTBOUND
    assert message.kind == message_pb2.Message.KIND_TEMPLATE
    assert message.state == message_pb2.Message.STATE_SENT
    assert message.body == sent.body
    assert (message.wamid, message.phone_number) == (sent.wamid, "+5491155550123")
    assert message.HasField("send_time")
    assert message.etag


async def test_filters_keep_what_they_name(business: Business, platform_work: PlatformWork) -> None:
    job, another = (
        await business.job(),
        await business.office.directory.CreateCustomer(creating_customer()),
    )
    about_job = str((await platform_work.message(business, job=job)).id)
    to_another = str((await platform_work.message(business, customer=another.customer.name)).id)

    by_job = messages_pb2.ListMessagesRequest(job=job.name)
    by_customer = messages_pb2.ListMessagesRequest(customer=short(another.customer.name))
    by_both = messages_pb2.ListMessagesRequest(
        parent=business.name, job=job.name, customer=another.customer.name
    )

    assert await ids(business, messages_pb2.ListMessagesRequest()) == [to_another, about_job]
    assert await ids(business, by_job) == [about_job]
    assert await ids(business, by_customer) == [to_another]
    assert await ids(business, by_both) == []


async def test_pages_hold_every_message_once(
    business: Business, platform_work: PlatformWork
) -> None:
    queued = [str((await platform_work.message(business)).id) for _ in range(3)]
    office = business.office.messaging

    first = await office.ListMessages(messages_pb2.ListMessagesRequest(page_size=2))
    second = messages_pb2.ListMessagesRequest(page_size=2, page_token=first.next_page_token)

    assert [str(id_in(message.name)) for message in first.messages] == queued[:0:-1]
    assert await ids(business, second) == queued[:1]


async def test_a_made_up_page_token_is_refused(business: Business) -> None:
    request = messages_pb2.ListMessagesRequest(page_token="made-up")  # noqa: S106  # no secret

    refusal = await refused(business.office.messaging.ListMessages(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_free_text_is_on_its_way_to_a_customer_who_wrote(
    connected: Business, platform_work: PlatformWork
) -> None:
    await platform_work.hearing(connected)

    message = await send(connected)

    assert (message.state, message.kind) == (Message.STATE_QUEUED, Message.KIND_TEXT)
    assert (message.body, message.customer) == ("Llegamos en 10 minutos", connected.customer)
    assert (await ids(connected, messages_pb2.ListMessagesRequest()))[0] == str(id_in(message.name))


async def test_a_person_waits_for_what_a_person_wrote(
    connected: Business, platform_work: PlatformWork
) -> None:
    await platform_work.hearing(connected)

    message = await send(connected)

    request = queues_pb2.ListTasksRequest(type="whatsapp:send")
    (task,) = (await connected.owner.app.queues.ListTasks(request)).tasks
    assert task.tier == Task.TIER_REALTIME
    assert task.payload["message_id"] == str(id_in(message.name))


@pytest.mark.parametrize("ago", [None, timedelta(hours=24, seconds=1)])
async def test_free_text_is_refused_outside_the_window(
    connected: Business, platform_work: PlatformWork, ago: timedelta | None
) -> None:
    if ago is not None:
        await platform_work.hearing(connected, ago=ago)

    refusal = await refused(send(connected))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "CONVERSATION_WINDOW_CLOSED",
    )
    assert "plantilla" in refusal.spanish


async def test_a_template_goes_at_any_time(connected: Business) -> None:
    template = messages_pb2.SendMessageRequest.Template(
        name="job_completed_invoice", parameters=PARAMETERS
    )
    request = messages_pb2.SendMessageRequest(customer=connected.customer, template=template)

    message = (await connected.office.messaging.SendMessage(request)).message

    assert message.kind == Message.KIND_TEMPLATE
    assert message.body.startswith("Hola Ana, terminamos")


async def test_a_template_that_does_not_exist_is_refused(connected: Business) -> None:
    template = messages_pb2.SendMessageRequest.Template(name="no_such")
    request = messages_pb2.SendMessageRequest(customer=connected.customer, template=template)

    refusal = await refused(connected.office.messaging.SendMessage(request))

    assert (refusal.code, refusal.reason, refusal.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "MESSAGE_TEMPLATE_INVALID",
        ["template.name"],
    )


async def test_a_business_without_a_number_is_told_so(
    business: Business, platform_work: PlatformWork
) -> None:
    await platform_work.hearing(business)

    refusal = await refused(send(business))

    assert refusal.reason == "WHATSAPP_NOT_CONNECTED"


async def test_a_repeat_sends_nothing_and_the_same_words_anew_do(
    connected: Business, platform_work: PlatformWork
) -> None:
    await platform_work.hearing(connected)
    request_id = str(uuid4())

    first = await send(connected, "ok", request_id=request_id)
    again = await send(connected, "ok", request_id=request_id)
    anew = await send(connected, "ok", request_id=str(uuid4()))

    assert again == first
    assert anew.name != first.name
    assert len(await ids(connected, messages_pb2.ListMessagesRequest())) == 3


async def test_a_conversation_tells_who_said_what_last_and_until_when_to_answer(
    connected: Business, platform_work: PlatformWork
) -> None:
    heard = await platform_work.hearing(connected, "¿Vienen hoy?")

    (conversation,) = await conversations(connected)

    customer_id = id_in(connected.customer)
    assert conversation.name == f"{connected.name}/conversations/{customer_id}"
    assert conversation.customer == connected.customer
    assert conversation.last_message.body == "¿Vienen hoy?"
    assert conversation.last_message.direction == Message.DIRECTION_INBOUND
    assert conversation.unanswered_count == 1
    assert heard.sent_at is not None
    closing = conversation.window_close_time.ToMilliseconds() / 1000
    assert closing == (heard.sent_at + timedelta(hours=24)).timestamp()


async def test_pages_hold_every_conversation_once(
    connected: Business, platform_work: PlatformWork
) -> None:
    customers = [connected.customer]
    for _ in range(2):
        answer = await connected.office.directory.CreateCustomer(creating_customer())
        customers.append(answer.customer.name)
    for customer in customers:
        await platform_work.message(connected, customer=customer)

    request = messages_pb2.ListConversationsRequest(page_size=2)
    first = await connected.office.messaging.ListConversations(request)
    request.page_token = first.next_page_token
    second = await connected.office.messaging.ListConversations(request)

    listed = [each.customer for each in (*first.conversations, *second.conversations)]
    assert listed == customers[::-1]
    assert second.next_page_token == ""
