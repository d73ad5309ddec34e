"""How jobs are looked at over a real channel: one by its name, many by pages and filters."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from domain.clock import BUSINESS_TIME_ZONE
from domain.commands import Role
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.job_steps import ASSIGN
from tests.support.refusals import refused
from tests.support.requests import creating_customer
from tests.support.rpc import Caller

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def names(caller: Caller, request: jobs_pb2.ListJobsRequest) -> list[str]:
    return [job.name for job in (await caller.jobs.ListJobs(request)).jobs]


@pytest.mark.parametrize("is_short", [True, False])
async def test_a_job_is_found_by_its_short_and_its_long_name(
    business: Business, *, is_short: bool
) -> None:
    job = await business.job()
    request = jobs_pb2.GetJobRequest(name=short(job.name) if is_short else job.name)

    found = (await business.office.jobs.GetJob(request)).job

    assert found == job


async def test_a_job_that_does_not_exist_is_not_found(business: Business) -> None:
    request = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")

    refusal = await refused(business.office.jobs.GetJob(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")


async def test_a_technician_sees_the_jobs_assigned_to_them_alone(business: Business) -> None:
    unassigned, own = await business.job(), await business.job_in(Job.STATE_ASSIGNED)
    other = await business.hire(Role.TECHNICIAN)
    others = await business.move((await business.job()).name, ASSIGN, technician=other.name)
    app = business.technician.app

    listed = await names(app, jobs_pb2.ListJobsRequest())
    asked_for_another = await names(app, jobs_pb2.ListJobsRequest(technician=other.name))
    refusals = [
        await refused(app.jobs.GetJob(jobs_pb2.GetJobRequest(name=name)))
        for name in (unassigned.name, others.name)
    ]

    assert listed == [own.name]
    assert asked_for_another == []
    assert {refusal.reason for refusal in refusals} == {"JOB_NOT_FOUND"}


async def test_pages_hold_every_job_once_the_newest_first(business: Business) -> None:
    created = [(await business.job()).name for _ in range(5)]

    pages: list[list[str]] = []
    token = ""
    while not pages or token:
        request = jobs_pb2.ListJobsRequest(page_size=2, page_token=token)
        answer = await business.office.jobs.ListJobs(request)
        pages.append([job.name for job in answer.jobs])
        token = answer.next_page_token
        await business.job()

    assert pages == [created[:2:-1], created[2:0:-1], created[:1]]


async def test_a_page_token_belongs_to_one_query(business: Business) -> None:
    for _ in range(2):
        await business.job()
    first = await business.office.jobs.ListJobs(jobs_pb2.ListJobsRequest(page_size=1))
    request = jobs_pb2.ListJobsRequest(page_token=first.next_page_token, states=[Job.STATE_PENDING])

    refusal = await refused(business.office.jobs.ListJobs(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )
    assert refusal.fields == ["page_token"]


async def test_filters_keep_what_they_name(business: Business) -> None:
    pending, assigned = await business.job(), await business.job_in(Job.STATE_ASSIGNED)
    cancelled = await business.job_in(Job.STATE_CANCELLED)
    another = await business.office.directory.CreateCustomer(creating_customer())
    other = await business.job(customer=another.customer.name)
    office = business.office

    by_state = jobs_pb2.ListJobsRequest(states=[Job.STATE_ASSIGNED, Job.STATE_CANCELLED])
    by_technician = jobs_pb2.ListJobsRequest(technician=business.technician.name)
    by_customer = jobs_pb2.ListJobsRequest(customer=short(another.customer.name))
    by_all = jobs_pb2.ListJobsRequest(
        parent=business.name, states=[Job.STATE_PENDING], customer=business.customer
    )

    assert await names(office, by_state) == [cancelled.name, assigned.name]
    assert await names(office, by_technician) == [assigned.name]
    assert await names(office, by_customer) == [other.name]
    assert await names(office, by_all) == [pending.name]


async def test_times_bound_a_list(business: Business) -> None:
    job = await business.job()
    today = datetime.now(BUSINESS_TIME_ZONE).date()
    created = job.create_time.ToDatetime(tzinfo=UTC)
    in_bounds = [
        jobs_pb2.ListJobsRequest(since=f"{today}", until=f"{today}"),
        jobs_pb2.ListJobsRequest(since=created.isoformat()),
        jobs_pb2.ListJobsRequest(until=(created + timedelta(seconds=1)).isoformat()),
    ]
    out_of_bounds = [
        jobs_pb2.ListJobsRequest(since=f"{today + timedelta(days=1)}"),
        jobs_pb2.ListJobsRequest(until=f"{today - timedelta(days=1)}"),
        jobs_pb2.ListJobsRequest(until=created.isoformat()),
    ]

    listed = [await names(business.office, request) for request in in_bounds + out_of_bounds]

    assert listed == [[job.name]] * 3 + [[]] * 3
