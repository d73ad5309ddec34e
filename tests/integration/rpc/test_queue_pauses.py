"""What operators do with queues as a whole, over a real channel."""

from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio

from campotech.operations.v1.queues_pb2 import (
    GetQueuePausesRequest,
    PauseQueueRequest,
    ResumeQueueRequest,
)
from tests.support.businesses import Business
from tests.support.refusals import refused
from tests.support.rpc import Caller

pytestmark = pytest.mark.asyncio(loop_scope="package")

TYPE = "report:generate"


@pytest_asyncio.fixture(loop_scope="package")
async def admin(business: Business) -> AsyncIterator[Caller]:
    """Yield an operator who leaves no queue paused."""
    admin = business.api.admin()
    yield admin
    for pause in (await admin.queues.GetQueuePauses(GetQueuePausesRequest())).pauses:
        await admin.queues.ResumeQueue(ResumeQueueRequest(queue=pause.queue, reason="Test."))


async def test_an_admin_pauses_a_type_and_sees_it_paused(admin: Caller) -> None:
    answer = await admin.queues.PauseQueue(PauseQueueRequest(queue=TYPE, reason="Provider down."))

    paused = await admin.queues.GetQueuePauses(GetQueuePausesRequest())
    assert list(paused.pauses) == [answer.pause]
    assert (answer.pause.queue, answer.pause.reason) == (TYPE, "Provider down.")
    assert answer.pause.actor
    assert answer.pause.pause_time.seconds > 0


async def test_a_pause_that_is_repeated_is_the_same_one(admin: Caller) -> None:
    request = PauseQueueRequest(queue=TYPE, reason="Test.", request_id=str(uuid4()))

    answers = [await admin.queues.PauseQueue(request) for _ in range(2)]
    another = await admin.queues.PauseQueue(PauseQueueRequest(queue=TYPE, reason="Again."))

    assert answers[0] == answers[1] == another


async def test_a_resumed_queue_is_paused_no_more(admin: Caller) -> None:
    await admin.queues.PauseQueue(PauseQueueRequest(queue=TYPE, reason="Test."))

    answer = await admin.queues.ResumeQueue(ResumeQueueRequest(queue=TYPE, reason="Test."))

    paused = await admin.queues.GetQueuePauses(GetQueuePausesRequest())
    assert not answer.HasField("pause")
    assert list(paused.pauses) == []


async def test_what_is_no_queue_is_neither_paused_nor_resumed(admin: Caller) -> None:
    queues = admin.queues

    refusals = [
        await refused(call)
        for call in (
            queues.PauseQueue(PauseQueueRequest(queue="report:forget", reason="Test.")),
            queues.ResumeQueue(ResumeQueueRequest(queue="slow", reason="Test.")),
        )
    ]

    assert {refusal.code for refusal in refusals} == {grpc.StatusCode.INVALID_ARGUMENT}
    assert {refusal.reason for refusal in refusals} == {"UNKNOWN_QUEUE"}
