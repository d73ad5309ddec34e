"""QueueService over a real channel."""

from uuid import UUID

import grpc
import pytest

from campotech.jobs.v1.job_pb2 import Job
from campotech.operations.v1 import queues_pb2
from campotech.operations.v1.task_pb2 import Task
from tests.support.businesses import Business, id_in, short
from tests.support.clocks import new_id
from tests.support.platform_work import PlatformWork
from tests.support.refusals import refused

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_completed_job_leaves_a_task_to_make_its_invoice(business: Business) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)

    answer = await business.owner.app.queues.ListTasks(queues_pb2.ListTasksRequest())

    (task,) = answer.tasks
    assert task.name.startswith(f"{business.name}/tasks/")
    assert (task.type, task.tier) == ("invoice:generate", Task.TIER_BATCH)
    assert (task.state, task.attempt, list(task.attempts)) == (Task.STATE_READY, 0, [])
    assert dict(task.payload) == {"job_id": str(id_in(job.name))}
    assert task.idempotency_key == str(id_in(job.name))
    assert task.HasField("run_time")


@pytest.mark.parametrize("is_short", [True, False])
async def test_a_task_is_found_by_its_short_and_its_long_name(
    business: Business, *, is_short: bool
) -> None:
    await business.job_in(Job.STATE_COMPLETED)
    queues = business.owner.app.queues
    (task,) = (await queues.ListTasks(queues_pb2.ListTasksRequest())).tasks
    request = queues_pb2.GetTaskRequest(name=short(task.name) if is_short else task.name)

    found = (await queues.GetTask(request)).task

    assert found == task


async def test_the_platforms_admins_see_the_tasks_of_any_organisation(business: Business) -> None:
    await business.job_in(Job.STATE_COMPLETED)
    admin = business.api.admin().queues

    listed = await admin.ListTasks(queues_pb2.ListTasksRequest(parent=business.name))
    found = await admin.GetTask(queues_pb2.GetTaskRequest(name=listed.tasks[0].name))

    assert [task.type for task in listed.tasks] == ["invoice:generate"]
    assert found.task == listed.tasks[0]


@pytest.mark.parametrize("organization_id", [UUID(int=2**128 - 1), new_id()])
async def test_of_an_organisation_that_does_not_exist_an_admin_sees_no_tasks(
    business: Business, organization_id: UUID
) -> None:
    request = queues_pb2.ListTasksRequest(parent=f"organizations/{organization_id}")

    answer = await business.api.admin().queues.ListTasks(request)

    assert not answer.tasks


async def test_a_task_that_does_not_exist_is_not_found(business: Business) -> None:
    request = queues_pb2.GetTaskRequest(name=f"tasks/{new_id()}")

    refusal = await refused(business.owner.app.queues.GetTask(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "TASK_NOT_FOUND")


async def test_tasks_are_listed_by_pages_and_filters(
    business: Business, platform_work: PlatformWork
) -> None:
    queues = business.owner.app.queues
    await business.job_in(Job.STATE_COMPLETED)
    await platform_work.message(business)

    everything = (await queues.ListTasks(queues_pb2.ListTasksRequest())).tasks
    first = await queues.ListTasks(queues_pb2.ListTasksRequest(page_size=1))
    second = await queues.ListTasks(
        queues_pb2.ListTasksRequest(page_size=1, page_token=first.next_page_token)
    )
    sends = await queues.ListTasks(queues_pb2.ListTasksRequest(type="whatsapp:send"))
    dead = await queues.ListTasks(queues_pb2.ListTasksRequest(states=[Task.STATE_DEAD]))

    assert [task.type for task in everything] == ["whatsapp:send", "invoice:generate"]
    assert [*first.tasks, *second.tasks] == list(everything)
    assert list(sends.tasks) == list(everything)[:1]
    assert list(dead.tasks) == []


async def test_a_made_up_page_token_is_refused(business: Business) -> None:
    request = queues_pb2.ListTasksRequest(page_token="made-up")  # noqa: S106  # no secret

    refusal = await refused(business.owner.app.queues.ListTasks(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_an_admin_cancels_a_task_that_waits(business: Business) -> None:
    await business.job_in(Job.STATE_COMPLETED)
    admin = business.api.admin().queues
    (task,) = (await business.owner.app.queues.ListTasks(queues_pb2.ListTasksRequest())).tasks
    request = queues_pb2.CancelTaskRequest(name=task.name)

    cancelled = (await admin.CancelTask(request)).task
    refusal = await refused(admin.CancelTask(request))

    found = (await admin.GetTask(queues_pb2.GetTaskRequest(name=task.name))).task
    assert (cancelled.name, cancelled.state) == (task.name, Task.STATE_CANCELLED)
    assert found == cancelled
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "TASK_TRANSITION_REFUSED",
    )


async def test_a_task_that_does_not_exist_is_not_cancelled(business: Business) -> None:
    request = queues_pb2.CancelTaskRequest(name=f"{business.name}/tasks/{new_id()}")

    refusal = await refused(business.api.admin().queues.CancelTask(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "TASK_NOT_FOUND")
