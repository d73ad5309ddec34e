"""What operators see of dead tasks, and do with them, over a real channel."""

from collections.abc import Callable
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.message import Message

from campotech.jobs.v1.job_pb2 import Job
from campotech.operations.v1 import queues_pb2
from campotech.operations.v1.queues_pb2 import (
    DeadTaskFilter,
    DiscardDeadTasksRequest,
    RetryDeadTasksRequest,
)
from campotech.operations.v1.task_pb2 import Task
from tests.support.any_method import AnyMethod
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.dead_work import a_dead_task
from tests.support.refusals import refused
from tests.support.rpc import Caller

pytestmark = pytest.mark.asyncio(loop_scope="package")

SERVICE = "campotech.operations.v1.QueueService"


async def read(business: Business, name: str) -> Task:
    return (await business.owner.app.queues.GetTask(queues_pb2.GetTaskRequest(name=name))).task


async def decide(caller: Caller, request: Message) -> Message:
    method = AnyMethod(f"{SERVICE}.{request.DESCRIPTOR.name.removesuffix('Request')}")
    return await method.first_answer(caller.channel, request)


async def test_dead_tasks_are_listed_by_pages_and_filters(business: Business) -> None:
    refused_task = await a_dead_task(business, "The agency said no to 7.")
    other = await a_dead_task(business, "There is no such series.")
    await business.job_in(Job.STATE_COMPLETED)
    queues = business.owner.app.queues

    everything = await queues.ListDeadTasks(queues_pb2.ListDeadTasksRequest())
    first = await queues.ListDeadTasks(queues_pb2.ListDeadTasksRequest(page_size=1))
    second = await queues.ListDeadTasks(
        queues_pb2.ListDeadTasksRequest(page_size=1, page_token=first.next_page_token)
    )
    cause = DeadTaskFilter(error_fingerprint=refused_task.error_fingerprint)
    of_one_cause = await queues.ListDeadTasks(queues_pb2.ListDeadTasksRequest(filter=cause))
    of_the_past = await queues.ListDeadTasks(
        queues_pb2.ListDeadTasksRequest(filter=DeadTaskFilter(until="2020-01-01"))
    )

    assert list(everything.tasks) == [other, refused_task]
    assert [*first.tasks, *second.tasks] == list(everything.tasks)
    assert second.next_page_token == ""
    assert list(of_one_cause.tasks) == [refused_task]
    assert list(of_the_past.tasks) == []


async def test_deaths_of_one_cause_are_one_line_of_the_summary(business: Business) -> None:
    await a_dead_task(business, "There is no such series.")
    tasks = [await a_dead_task(business, f"The agency said no to {number}.") for number in (1, 2)]

    answer = await business.owner.app.queues.GetDeadTaskSummary(
        queues_pb2.GetDeadTaskSummaryRequest()
    )

    assert [group.task_count for group in answer.groups] == [2, 1]
    group = answer.groups[0]
    assert (group.type, group.error_fingerprint) == (tasks[1].type, tasks[1].error_fingerprint)
    assert group.newest == tasks[1]
    assert (group.first_death_time, group.last_death_time) == tuple(
        task.finish_time for task in tasks
    )


async def test_an_admin_retries_a_dead_task_by_its_name(business: Business) -> None:
    task = await a_dead_task(business)

    answer = await business.api.admin().queues.RetryDeadTasks(
        RetryDeadTasksRequest(names=[task.name])
    )

    ready = await read(business, task.name)
    assert answer.retried_count == 1
    assert (ready.name, ready.state, ready.attempt) == (task.name, Task.STATE_READY, 1)
    assert list(ready.attempts) == list(task.attempts)
    assert ready.error_fingerprint == ""


async def test_a_filter_with_one_task_sends_the_oldest_ahead(business: Business) -> None:
    tasks = [await a_dead_task(business) for _ in range(2)]
    request = RetryDeadTasksRequest(
        parent=business.name,
        filter=DeadTaskFilter(error_fingerprint=tasks[0].error_fingerprint),
        max_tasks=1,
        request_id=str(uuid4()),
    )
    admin = business.api.admin().queues

    answers = [await admin.RetryDeadTasks(request) for _ in range(2)]

    assert [answer.retried_count for answer in answers] == [1, 1]
    assert [(await read(business, task.name)).state for task in tasks] == [
        Task.STATE_READY,
        Task.STATE_DEAD,
    ]


async def test_an_admin_discards_dead_tasks_for_a_reason(business: Business) -> None:
    task = await a_dead_task(business)

    answer = await business.api.admin().queues.DiscardDeadTasks(
        DiscardDeadTasksRequest(names=[short(task.name)], parent=business.name, reason="Test.")
    )

    assert answer.discarded_count == 1
    assert (await read(business, task.name)).state == Task.STATE_DISCARDED


@pytest.mark.parametrize(
    "request_for",
    [
        lambda name: RetryDeadTasksRequest(names=[name]),
        lambda name: DiscardDeadTasksRequest(names=[name], reason="Test."),
    ],
)
async def test_only_what_exists_and_is_dead_is_decided_on(
    business: Business, request_for: Callable[[str], Message]
) -> None:
    await business.job_in(Job.STATE_COMPLETED)
    listed = await business.owner.app.queues.ListTasks(queues_pb2.ListTasksRequest())
    admin = business.api.admin()

    alive = await refused(decide(admin, request_for(listed.tasks[0].name)))
    unknown = await refused(decide(admin, request_for(f"{business.name}/tasks/{new_id()}")))

    assert (alive.code, alive.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TASK_NOT_DEAD")
    assert (unknown.code, unknown.reason) == (grpc.StatusCode.NOT_FOUND, "TASK_NOT_FOUND")


@pytest.mark.parametrize(
    "request_",
    [
        RetryDeadTasksRequest(),
        RetryDeadTasksRequest(
            names=["tasks/01890000-0000-7000-8000-000000000000"], filter=DeadTaskFilter()
        ),
        DiscardDeadTasksRequest(reason="Test."),
    ],
)
async def test_a_decision_names_tasks_or_gives_a_filter(
    business: Business, request_: Message
) -> None:
    refusal = await refused(decide(business.api.admin(), request_))

    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.fields == ["filter"]


async def test_a_task_whose_id_no_clock_can_have_made_is_not_found(business: Business) -> None:
    name = f"{business.name}/tasks/{UUID(int=2**128 - 1)}"
    request = RetryDeadTasksRequest(names=[name])

    refusal = await refused(business.api.admin().queues.RetryDeadTasks(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "TASK_NOT_FOUND")


async def test_nothing_is_discarded_without_a_reason(business: Business) -> None:
    task = await a_dead_task(business)

    refusal = await refused(
        decide(business.api.admin(), DiscardDeadTasksRequest(names=[task.name]))
    )

    assert (refusal.code, refusal.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["reason"])
    assert (await read(business, task.name)).state == Task.STATE_DEAD
