"""Changing what was said of a job, over a real channel."""

from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.job_watch import JobWatch
from tests.support.refusals import refused
from tests.support.requests import a_moment, a_place, pesos

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def update(business: Business, job: Job, *paths: str, **values: object) -> Job:
    """Change fields of the job as it was read; without paths, those that are given."""
    request = jobs_pb2.UpdateJobRequest(
        job=Job(name=job.name, **values),  # type: ignore[arg-type]  # whatever a test changes
        update_mask=FieldMask(paths=paths),
        etag=job.etag,
    )
    return (await business.office.jobs.UpdateJob(request)).job


async def test_what_is_set_changes_and_all_else_stays(business: Business) -> None:
    job = await business.job()

    changed = await update(business, job, description="Pierde el termotanque", price=pesos(5000))

    expected = Job()
    expected.CopyFrom(job)
    expected.description, expected.etag = "Pierde el termotanque", changed.etag
    expected.price.CopyFrom(pesos(5000))
    expected.update_time.CopyFrom(changed.update_time)
    assert changed == expected == await business.read(job.name)
    assert changed.etag != job.etag


async def test_a_mask_leaves_out_what_it_does_not_name(business: Business) -> None:
    job = await business.job()

    changed = await update(business, job, "price", description="Otra cosa", price=pesos(5000))

    assert (changed.description, changed.price) == (job.description, pesos(5000))


async def test_a_job_moves_to_another_day_and_place(business: Business) -> None:
    job = await business.job()
    starts, ends = a_moment(timedelta(days=3)), a_moment(timedelta(days=3, hours=1))

    changed = await update(
        business,
        job,
        scheduled_start_time=starts,
        scheduled_end_time=ends,
        service_address=a_place(postal_code="C1414DPN"),
    )

    assert (changed.scheduled_start_time, changed.scheduled_end_time) == (starts, ends)
    assert changed.service_address.postal_code == "C1414DPN"


async def test_a_schedule_that_is_named_and_not_given_is_taken_back(business: Business) -> None:
    job = await business.job()

    changed = await update(business, job, "scheduled_start_time", "scheduled_end_time")

    assert not changed.HasField("scheduled_start_time")
    assert not changed.HasField("scheduled_end_time")


async def test_a_whole_job_can_be_sent_back_with_one_change(business: Business) -> None:
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    edited = Job()
    edited.CopyFrom(job)
    edited.description = "Pierde el termotanque"
    request = jobs_pb2.UpdateJobRequest(
        job=edited, update_mask=FieldMask(paths=["*"]), etag=job.etag
    )

    changed = (await business.office.jobs.UpdateJob(request)).job

    assert changed.description == "Pierde el termotanque"
    assert (changed.state, changed.technician) == (job.state, job.technician)


async def test_what_only_the_server_sets_is_passed_over(business: Business) -> None:
    job = await business.job()

    same = await update(business, job, "state", "work_summary", state=Job.STATE_COMPLETED)

    assert same == job


async def test_a_change_is_told_to_those_who_watch(business: Business) -> None:
    job = await business.job()
    watch = JobWatch(business.office)
    await watch.begin()

    changed = await update(business, job, description="Pierde el termotanque")

    event = await watch.event()
    assert (event.type, event.job) == (JobEvent.TYPE_UPDATED, changed)


async def test_a_change_that_is_repeated_is_made_once(business: Business) -> None:
    job = await business.job()
    request = jobs_pb2.UpdateJobRequest(
        job=Job(name=short(job.name), description="Pierde el termotanque"),
        etag=job.etag,
        request_id=str(uuid4()),
    )

    first = (await business.office.jobs.UpdateJob(request)).job
    again = (await business.office.jobs.UpdateJob(request)).job

    assert first == again


@pytest.mark.parametrize("etag", ["", "stale"])
async def test_nothing_is_overwritten_unseen(business: Business, etag: str) -> None:
    job = await business.job()
    request = jobs_pb2.UpdateJobRequest(job=Job(name=job.name, description="Otra"), etag=etag)

    refusal = await refused(business.office.jobs.UpdateJob(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refusal.info.metadata["current_etag"] == job.etag
    assert await business.read(job.name) == job


async def test_the_price_of_a_completed_job_stands(business: Business) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)

    refusal = await refused(update(business, job, price=pesos(1)))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_FIELD_FIXED",
    )
    assert dict(refusal.info.metadata) == {"field": "job.price", "current_state": "COMPLETED"}
    assert await business.read(job.name) == job


async def test_a_new_end_before_the_start_that_stands_is_refused(business: Business) -> None:
    job = await business.job()
    early = a_moment(timedelta(days=-1))

    refusal = await refused(update(business, job, scheduled_end_time=early))

    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.fields == ["job.scheduled_end_time"]


async def test_a_job_stays_with_its_customer(business: Business) -> None:
    job = await business.job()

    refusal = await refused(update(business, job, customer=f"customers/{new_id()}"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "FIELD_IMMUTABLE",
    )
    assert refusal.fields == ["job.customer"]


async def test_a_job_that_does_not_exist_is_not_changed(business: Business) -> None:
    nothing = Job(name=f"jobs/{new_id()}", etag="1")

    refusal = await refused(update(business, nothing, description="Otra"))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")
