"""MessagingService over a real channel."""

import grpc
import pytest

from campotech.jobs.v1.job_pb2 import Job
from campotech.messaging.v1 import message_pb2, messages_pb2
from tests.support.businesses import Business, id_in, short
from tests.support.platform_work import PlatformWork
from tests.support.refusals import refused
from tests.support.requests import creating_customer

pytestmark = pytest.mark.asyncio(loop_scope="package")


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
