"""What people do with jobs over a real channel: each method's success and each of its refusals."""

from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from domain.commands import Role
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.job_steps import COMPLETE, RESUME, STEPS, TECHNICIANS_STEPS, JobStep
from tests.support.refusals import refused
from tests.support.requests import a_moment, creating_job, pesos

pytestmark = pytest.mark.asyncio(loop_scope="package")

by_method = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.method)


async def test_a_new_job_is_pending_with_all_that_was_said_of_it(business: Business) -> None:
    starts, ends = a_moment(timedelta(days=1)), a_moment(timedelta(days=1, hours=2))
    request = creating_job(
        short(business.customer), scheduled_start_time=starts, scheduled_end_time=ends
    )

    job = (await business.office.jobs.CreateJob(request)).job

    assert job.name.startswith(f"{business.name}/jobs/")
    assert (job.number, job.state, job.customer) == (1, Job.STATE_PENDING, business.customer)
    assert (job.description, job.price) == (request.job.description, pesos())
    assert job.service_address == request.job.service_address
    assert (job.scheduled_start_time, job.scheduled_end_time) == (starts, ends)
    assert job.create_time == job.update_time
    assert job.etag
    assert not job.technician


async def test_jobs_are_numbered_within_their_organisation(business: Business) -> None:
    numbers = [(await business.job()).number for _ in range(3)]

    assert numbers == [1, 2, 3]


async def test_what_only_the_server_may_set_is_ignored_in_a_new_job(business: Business) -> None:
    request = creating_job(
        business.customer,
        name="jobs/mine",
        number=99,
        state=Job.STATE_COMPLETED,
        technician=business.technician.name,
        work_summary="Hecho",
        etag="77",
    )

    job = (await business.office.jobs.CreateJob(request)).job

    assert (job.number, job.state, job.technician) == (1, Job.STATE_PENDING, "")
    assert job.work_summary == ""
    assert job.etag != "77"


async def test_a_repeated_creation_makes_one_job(business: Business) -> None:
    request = creating_job(business.customer, request_id=str(uuid4()))

    first = (await business.office.jobs.CreateJob(request)).job
    again = (await business.office.jobs.CreateJob(request)).job

    assert first == again
    assert len((await business.office.jobs.ListJobs(jobs_pb2.ListJobsRequest())).jobs) == 1


async def test_a_job_needs_a_customer_that_exists(business: Business) -> None:
    request = creating_job(f"customers/{new_id()}")

    refusal = await refused(business.office.jobs.CreateJob(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "CUSTOMER_NOT_FOUND",
    )


@by_method
async def test_each_step_of_the_day_moves_the_job(business: Business, step: JobStep) -> None:
    before = await business.job_in(step.leaves)

    after = await business.move(short(before.name), step)

    assert (after.name, after.state) == (before.name, step.reaches)
    assert after.etag != before.etag
    assert await business.read(after.name) == after


async def test_the_technician_does_the_day_of_a_job(business: Business) -> None:
    done = await business.job_in(Job.STATE_COMPLETED)

    times = [done.en_route_time, done.arrive_time, done.start_time, done.complete_time]
    assert done.technician == business.technician.name
    assert done.work_summary == "Cambié el cuerito."
    assert [time.ToNanoseconds() for time in times] == sorted(
        time.ToNanoseconds() for time in times
    )
    assert done.update_time == done.complete_time


async def test_a_pause_tells_why_the_work_stands_still(business: Business) -> None:
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    request = jobs_pb2.PauseJobRequest(
        name=job.name, reason=Job.PAUSE_REASON_OTHER, note="Se cortó la luz."
    )

    paused = (await business.technician.app.jobs.PauseJob(request)).job

    (pause,) = paused.pauses
    assert (pause.reason, pause.note) == (Job.PAUSE_REASON_OTHER, "Se cortó la luz.")
    assert pause.pause_time == paused.update_time
    assert not pause.HasField("resume_time")
    assert not paused.HasField("work_duration")


async def test_the_time_of_work_leaves_out_the_pauses(business: Business) -> None:
    job = await business.job_in(Job.STATE_PAUSED)
    resumed = await business.move(job.name, RESUME, by=business.technician.app)

    done = await business.move(job.name, COMPLETE, by=business.technician.app)

    (pause,) = resumed.pauses
    whole = done.complete_time.ToNanoseconds() - done.start_time.ToNanoseconds()
    still = pause.resume_time.ToNanoseconds() - pause.pause_time.ToNanoseconds()
    assert done.work_duration.ToNanoseconds() == whole - still


async def test_a_paused_job_can_be_completed_and_its_pause_ends(business: Business) -> None:
    job = await business.job_in(Job.STATE_PAUSED)

    done = await business.move(job.name, COMPLETE, by=business.technician.app)

    assert done.state == Job.STATE_COMPLETED
    assert done.pauses[0].resume_time == done.complete_time


async def test_a_final_price_replaces_the_one_that_was_agreed(business: Business) -> None:
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    request = jobs_pb2.CompleteJobRequest(
        name=job.name, work_summary="Cambié la llave.", final_price=pesos(15_000_000)
    )

    completed = (await business.technician.app.jobs.CompleteJob(request)).job

    assert completed.price == pesos(15_000_000)


async def test_a_cancelled_job_tells_why(business: Business) -> None:
    job = await business.job()
    request = jobs_pb2.CancelJobRequest(
        name=job.name, reason=Job.CANCEL_REASON_OTHER, note="Se mudaron."
    )

    cancelled = (await business.office.jobs.CancelJob(request)).job

    assert cancelled.cancel_reason == Job.CANCEL_REASON_OTHER
    assert cancelled.cancel_note == "Se mudaron."
    assert cancelled.cancel_time == cancelled.update_time


@by_method
async def test_no_step_finds_a_job_that_does_not_exist(business: Business, step: JobStep) -> None:
    name = f"jobs/{new_id()}"

    refusal = await refused(business.move(name, step))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")


@by_method
async def test_a_closed_job_moves_no_more(business: Business, step: JobStep) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)

    refusal = await refused(business.move(job.name, step, etag=job.etag))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_TRANSITION_REFUSED",
    )
    assert refusal.info.metadata["current_state"] == "COMPLETED"
    assert await business.read(job.name) == job


@by_method
async def test_a_stale_etag_is_told_the_etag_of_today(business: Business, step: JobStep) -> None:
    job = await business.job_in(step.leaves)

    refusal = await refused(business.move(job.name, step, etag="stale"))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refusal.info.metadata["current_etag"] == job.etag
    assert await business.read(job.name) == job


@by_method
async def test_an_etag_of_today_is_accepted(business: Business, step: JobStep) -> None:
    job = await business.job_in(step.leaves)

    moved = await business.move(job.name, step, etag=job.etag)

    assert moved.state == step.reaches


@by_method
async def test_a_step_that_is_repeated_is_done_once(business: Business, step: JobStep) -> None:
    job, request_id = await business.job_in(step.leaves), str(uuid4())

    first = await business.move(job.name, step, request_id=request_id)
    again = await business.move(job.name, step, request_id=request_id)

    assert first == again


@by_method
async def test_a_request_id_stands_for_one_command_alone(business: Business, step: JobStep) -> None:
    request_id = str(uuid4())
    await business.job(request_id=request_id)
    job = await business.job_in(step.leaves)

    refusal = await refused(business.move(job.name, step, request_id=request_id))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED",
    )
    assert refusal.fields == ["request_id"]
    assert await business.read(job.name) == job


@pytest.mark.parametrize("step", TECHNICIANS_STEPS, ids=lambda step: step.method)
async def test_a_technician_does_not_move_anothers_job(business: Business, step: JobStep) -> None:
    job, other = await business.job_in(step.leaves), await business.hire(Role.TECHNICIAN)

    refusal = await refused(business.move(job.name, step, by=other.app))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "JOB_OF_ANOTHER_TECHNICIAN",
    )
    assert await business.read(job.name) == job


async def test_a_job_is_given_to_members_alone(business: Business) -> None:
    job = await business.job()
    request = jobs_pb2.AssignJobRequest(name=job.name, technician=f"members/{new_id()}")

    refusal = await refused(business.office.jobs.AssignJob(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND")


async def test_a_job_is_given_to_technicians_alone(business: Business) -> None:
    job = await business.job()
    request = jobs_pb2.AssignJobRequest(name=job.name, technician=business.dispatcher.name)

    refusal = await refused(business.office.jobs.AssignJob(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "MEMBER_NOT_TECHNICIAN",
    )


async def test_taking_a_job_from_a_technician_needs_its_etag(business: Business) -> None:
    job, other = await business.job_in(Job.STATE_ASSIGNED), await business.hire(Role.TECHNICIAN)
    request = jobs_pb2.AssignJobRequest(name=job.name, technician=other.name)

    refusal = await refused(business.office.jobs.AssignJob(request))
    request.etag = job.etag
    taken_over = (await business.office.jobs.AssignJob(request)).job

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refusal.info.metadata["current_etag"] == job.etag
    assert taken_over.technician == other.name


async def test_nobody_else_is_chosen_once_the_technician_has_left(business: Business) -> None:
    job, other = await business.job_in(Job.STATE_EN_ROUTE), await business.hire(Role.TECHNICIAN)
    request = jobs_pb2.AssignJobRequest(name=job.name, technician=other.name, etag=job.etag)

    refusal = await refused(business.office.jobs.AssignJob(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_TRANSITION_REFUSED",
    )
