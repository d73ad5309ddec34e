"""Who goes, over a real channel: taken back, and not promised to two customers at once."""

from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from domain.commands import Role
from tests.support.businesses import Business, id_in, short
from tests.support.clocks import new_id
from tests.support.job_steps import ASSIGN
from tests.support.job_watch import JobWatch
from tests.support.refusals import refused
from tests.support.requests import a_moment

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def unassign(business: Business, job: Job, **particular: str) -> Job:
    request = jobs_pb2.UnassignJobRequest(**{"name": job.name, "etag": job.etag, **particular})
    return (await business.office.jobs.UnassignJob(request)).job


async def two_jobs_at_once(business: Business) -> tuple[Job, Job]:
    """Return a job of the technician, and one at the same time that nobody has."""
    taken = await business.job_in(Job.STATE_ASSIGNED)
    pending = await business.job(
        scheduled_start_time=taken.scheduled_start_time,
        scheduled_end_time=taken.scheduled_end_time,
    )
    return taken, pending


async def test_a_job_that_is_taken_back_waits_for_somebody_else(business: Business) -> None:
    assigned = await business.job_in(Job.STATE_ASSIGNED)

    pending = await unassign(business, assigned, name=short(assigned.name))

    assert (pending.state, pending.technician) == (Job.STATE_PENDING, "")
    assert pending.etag != assigned.etag
    assert await business.read(assigned.name) == pending


async def test_a_job_that_was_taken_back_can_be_given_again_without_its_etag(
    business: Business,
) -> None:
    pending = await unassign(business, await business.job_in(Job.STATE_ASSIGNED))

    assigned = await business.move(pending.name, ASSIGN)

    assert assigned.technician == business.technician.name


async def test_taking_back_that_is_repeated_is_done_once(business: Business) -> None:
    assigned, request_id = await business.job_in(Job.STATE_ASSIGNED), str(uuid4())

    first = await unassign(business, assigned, request_id=request_id)
    again = await unassign(business, assigned, request_id=request_id)

    assert first == again


@pytest.mark.parametrize("etag", ["", "stale"])
async def test_a_job_is_not_taken_back_unseen(business: Business, etag: str) -> None:
    assigned = await business.job_in(Job.STATE_ASSIGNED)

    refusal = await refused(unassign(business, assigned, etag=etag))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refusal.info.metadata["current_etag"] == assigned.etag


@pytest.mark.parametrize("state", [Job.STATE_PENDING, Job.STATE_EN_ROUTE, Job.STATE_COMPLETED])
async def test_a_job_is_taken_back_before_the_technician_left_and_not_after(
    business: Business, state: Job.State.ValueType
) -> None:
    job = await business.job_in(state)

    refusal = await refused(unassign(business, job))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_TRANSITION_REFUSED",
    )
    assert refusal.info.metadata["step"] == "UnassignJob"


async def test_a_job_that_does_not_exist_is_not_taken_back(business: Business) -> None:
    refusal = await refused(unassign(business, Job(name=f"jobs/{new_id()}", etag="1")))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")


async def test_the_technician_is_told_that_the_job_is_gone_and_no_more_of_it(
    business: Business,
) -> None:
    assigned = await business.job_in(Job.STATE_ASSIGNED)
    of_the_technician, of_the_office = JobWatch(business.technician.app), JobWatch(business.office)
    await of_the_technician.begin()
    await of_the_office.begin()
    other = await business.hire(Role.TECHNICIAN)

    taken_over = await business.move(
        assigned.name, ASSIGN, technician=other.name, etag=assigned.etag
    )

    gone, told = await of_the_technician.event(), await of_the_office.event()
    assert (gone.type, told.type) == (JobEvent.TYPE_ASSIGNED, JobEvent.TYPE_ASSIGNED)
    assert gone.job == Job(name=assigned.name, number=assigned.number)
    assert told.job == taken_over


async def test_taking_back_is_told_to_those_who_watch(business: Business) -> None:
    assigned = await business.job_in(Job.STATE_ASSIGNED)
    watch = JobWatch(business.office)
    await watch.begin()

    pending = await unassign(business, assigned)

    event = await watch.event()
    assert (event.type, event.job) == (JobEvent.TYPE_UNASSIGNED, pending)


async def test_a_technician_is_not_promised_to_two_customers_at_once(business: Business) -> None:
    taken, pending = await two_jobs_at_once(business)

    refusal = await refused(business.move(pending.name, ASSIGN))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "TECHNICIAN_DOUBLE_BOOKED",
    )
    assert refusal.info.metadata["job"] == str(id_in(taken.name))
    assert refusal.info.metadata["number"] == str(taken.number)
    assert await business.read(pending.name) == pending


async def test_a_dispatcher_may_promise_a_technician_to_two_customers(business: Business) -> None:
    _, pending = await two_jobs_at_once(business)

    assigned = await business.move(pending.name, ASSIGN, allow_double_booking=True)

    assert assigned.technician == business.technician.name


async def test_a_job_is_not_moved_to_a_time_that_is_taken(business: Business) -> None:
    taken, other = [await business.job_in(Job.STATE_ASSIGNED) for _ in range(2)]
    request = jobs_pb2.UpdateJobRequest(
        job=Job(
            name=other.name,
            scheduled_start_time=taken.scheduled_start_time,
            scheduled_end_time=taken.scheduled_end_time,
        ),
        etag=other.etag,
    )

    refusal = await refused(business.office.jobs.UpdateJob(request))
    request.allow_double_booking = True
    moved = (await business.office.jobs.UpdateJob(request)).job

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "TECHNICIAN_DOUBLE_BOOKED",
    )
    assert refusal.info.metadata["job"] == str(id_in(taken.name))
    assert moved.scheduled_start_time == taken.scheduled_start_time


async def test_a_completed_job_takes_nobodys_time(business: Business) -> None:
    done = await business.job_in(Job.STATE_COMPLETED)
    pending = await business.job(
        scheduled_start_time=done.scheduled_start_time,
        scheduled_end_time=done.scheduled_end_time,
    )

    assigned = await business.move(pending.name, ASSIGN)

    assert assigned.technician == business.technician.name


async def test_a_job_whose_end_nobody_said_takes_an_hour(business: Business) -> None:
    begins = a_moment(timedelta(days=900))
    half_past = a_moment(timedelta(days=900, minutes=30))
    for_an_hour = await business.job(scheduled_start_time=begins, scheduled_end_time=None)
    meanwhile = await business.job(scheduled_start_time=half_past, scheduled_end_time=None)
    await business.move(for_an_hour.name, ASSIGN)

    refusal = await refused(business.move(meanwhile.name, ASSIGN))

    assert refusal.reason == "TECHNICIAN_DOUBLE_BOOKED"
