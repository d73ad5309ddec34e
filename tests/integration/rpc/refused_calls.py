"""Calls that are well formed and still refused: for what was before them, or for who makes them."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc

from campotech.directory.v1 import directory_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from campotech.tracking.v1 import locations_pb2
from domain.commands import Role
from tests.integration.rpc.bad_input import BadInput
from tests.support.businesses import Business, a_business
from tests.support.job_steps import ARRIVE, ASSIGN, COMPLETE
from tests.support.requests import (
    a_line,
    a_sent_fix,
    creating_customer,
    pesos,
    registering_device,
    sending_fixes,
)
from tests.support.rpc import MAX_MESSAGE_BYTES

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


async def _token_of_another_filter(business: Business) -> object:
    for _ in range(2):
        await business.job()
    jobs = business.office.jobs
    page = await jobs.ListJobs(jobs_pb2.ListJobsRequest(page_size=1))
    return await jobs.ListJobs(
        jobs_pb2.ListJobsRequest(page_token=page.next_page_token, states=[Job.STATE_PENDING])
    )


async def _token_of_another_list(business: Business) -> object:
    directory = business.office.directory
    page = await directory.ListMembers(directory_pb2.ListMembersRequest(page_size=1))
    return await directory.ListCustomers(
        directory_pb2.ListCustomersRequest(page_token=page.next_page_token)
    )


async def _token_of_another_organisation(business: Business) -> object:
    other = await a_business(business.api)
    request = directory_pb2.ListMembersRequest(page_size=1)
    page = await other.office.directory.ListMembers(request)
    request.page_token = page.next_page_token
    return await business.office.directory.ListMembers(request)


async def _step_out_of_turn(business: Business) -> object:
    job = await business.job_in(Job.STATE_ASSIGNED)
    return await business.move(job.name, ARRIVE)


async def _step_after_the_end(business: Business) -> object:
    job = await business.job_in(Job.STATE_CANCELLED)
    return await business.move(job.name, COMPLETE)


async def _stale_etag(business: Business) -> object:
    job = await business.job_in(Job.STATE_ASSIGNED)
    await business.move(job.name, ASSIGN, etag=job.etag)
    return await business.move(job.name, ASSIGN, etag=job.etag)


async def _missing_etag(business: Business) -> object:
    job = await business.job_in(Job.STATE_ASSIGNED)
    return await business.move(job.name, ASSIGN)


async def _job_taken_back_unseen(business: Business) -> object:
    job = await business.job_in(Job.STATE_ASSIGNED)
    return await business.office.jobs.UnassignJob(jobs_pb2.UnassignJobRequest(name=job.name))


async def _two_places_at_once(business: Business) -> object:
    taken = await business.job_in(Job.STATE_ASSIGNED)
    pending = await business.job(
        scheduled_start_time=taken.scheduled_start_time,
        scheduled_end_time=taken.scheduled_end_time,
    )
    return await business.move(pending.name, ASSIGN)


async def _change_that_comes_too_late(business: Business) -> object:
    job = await business.job_in(Job.STATE_COMPLETED)
    return await _change(business, job, price=pesos(1))


async def _change_unseen(business: Business) -> object:
    return await _change(business, await business.job(), etag="", description="Otra cosa")


async def _job_of_another_customer(business: Business) -> object:
    other = await business.office.directory.CreateCustomer(creating_customer())
    return await _change(business, await business.job(), customer=other.customer.name)


async def _price_of_other_lines(business: Business) -> object:
    job = await business.job(price=pesos(), price_lines=[a_line()])
    return await _change(business, job, price=pesos(1))


async def _final_price_of_other_lines(business: Business) -> object:
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    return await business.move(
        job.name, COMPLETE, final_price=pesos(1), final_price_lines=[a_line()]
    )


async def _change(
    business: Business, job: Job, *, etag: str | None = None, **values: Any
) -> object:
    request = jobs_pb2.UpdateJobRequest(
        job=Job(name=job.name, **values), etag=job.etag if etag is None else etag
    )
    return await business.office.jobs.UpdateJob(request)


async def _request_id_of_another_content(business: Business) -> object:
    request_id = str(uuid4())
    await business.job(request_id=request_id)
    return await business.job(request_id=request_id, description="Otra cosa")


async def _request_id_of_another_method(business: Business) -> object:
    request_id = str(uuid4())
    await business.job(request_id=request_id)
    return await business.office.directory.CreateCustomer(creating_customer(request_id=request_id))


async def _another_technicians_job(business: Business) -> object:
    job, other = await business.job_in(Job.STATE_EN_ROUTE), await business.hire(Role.TECHNICIAN)
    return await business.move(job.name, ARRIVE, by=other.app)


async def _cursor_of_another_feed(business: Business) -> object:
    request = jobs_pb2.WatchJobsRequest(after_cursor=2**60)
    return await business.office.jobs.WatchJobs(request).read()


async def _subject_of_another_member(business: Business) -> object:
    subject = str(uuid4())
    await business.hire(Role.TECHNICIAN, subject=subject)
    return await business.hire(Role.DISPATCHER, subject=subject)


async def _older_numbering(business: Business) -> object:
    tracking = business.technician.app.tracking
    request = registering_device()
    await tracking.RegisterDevice(request)
    request.install_epoch -= 1
    return await tracking.RegisterDevice(request)


async def _installation_of_another(business: Business) -> object:
    request = registering_device()
    await business.technician.app.tracking.RegisterDevice(request)
    other = await business.hire(Role.TECHNICIAN)
    return await other.app.tracking.RegisterDevice(request)


async def _numbering_that_nobody_registered(business: Business) -> object:
    tracking = business.technician.app.tracking
    device = (await tracking.RegisterDevice(registering_device())).device
    request = sending_fixes(device.name)
    request.batch.install_epoch += 1

    async def sent() -> AsyncIterator[locations_pb2.StreamLocationsRequest]:
        yield request

    return await tracking.StreamLocations(sent()).read()


async def _phone_of_another(business: Business) -> object:
    device = (await business.technician.app.tracking.RegisterDevice(registering_device())).device
    other = await business.hire(Role.TECHNICIAN)

    async def sent() -> AsyncIterator[locations_pb2.StreamLocationsRequest]:
        yield sending_fixes(device.name)

    return await other.app.tracking.StreamLocations(sent()).read()


async def _phone_of_no_member(business: Business) -> object:
    stranger = business.api.caller(Role.TECHNICIAN, organization_id=business.id)
    return await stranger.tracking.RegisterDevice(registering_device())


async def _oversized_request(business: Business) -> object:
    return await business.job(work_summary="x" * MAX_MESSAGE_BYTES)


async def _oversized_batch(business: Business) -> object:
    request = sending_fixes(business.name)
    request.batch.fixes.extend(a_sent_fix() for _ in range(MAX_MESSAGE_BYTES // 30))

    async def sent() -> AsyncIterator[locations_pb2.StreamLocationsRequest]:
        yield request

    return await business.technician.app.tracking.StreamLocations(sent()).read()


async def _bytes_that_are_no_message(business: Business) -> object:
    path = "/campotech.jobs.v1.JobService/CreateJob"
    return await business.office.channel.unary_unary(path, bytes, bytes)(b"\xff\xff\xff")


async def _no_token(business: Business) -> object:
    return await _look(business, "")


async def _token_that_is_none(business: Business) -> object:
    return await _look(business, "of-gold")


async def _expired_token(business: Business) -> object:
    token = business.api.issuer.token(
        Role.OWNER, organization_id=business.id, exp=int(time.time()) - 60
    )
    return await _look(business, token)


async def _token_without_organisation(business: Business) -> object:
    token = business.api.issuer.token(Role.OWNER, organization_id=business.id, org=None)
    return await _look(business, token)


async def _look(business: Business, token: str) -> object:
    request = directory_pb2.GetOrganizationRequest(name=business.name)
    return await business.api.caller_with(token).directory.GetOrganization(request)


async def _wrong_role(business: Business) -> object:
    return await business.technician.app.directory.ListCustomers(
        directory_pb2.ListCustomersRequest()
    )


OF_ANOTHER_QUERY = [
    BadInput(f"a page token of another {what}", call, ("page_token",), "PAGE_TOKEN_INVALID")
    for what, call in (
        ("filter", _token_of_another_filter),
        ("list", _token_of_another_list),
        ("organisation", _token_of_another_organisation),
    )
]

COMMANDS = [
    BadInput(
        "a step out of turn",
        _step_out_of_turn,
        (),
        "JOB_TRANSITION_REFUSED",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput(
        "a step after the end",
        _step_after_the_end,
        (),
        "JOB_TRANSITION_REFUSED",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput("a stale etag", _stale_etag, (), "ETAG_MISMATCH", grpc.StatusCode.ABORTED),
    BadInput("a missing etag", _missing_etag, (), "ETAG_MISMATCH", grpc.StatusCode.ABORTED),
    BadInput(
        "a job taken back unseen",
        _job_taken_back_unseen,
        (),
        "ETAG_MISMATCH",
        grpc.StatusCode.ABORTED,
    ),
    BadInput(
        "a technician in two places at once",
        _two_places_at_once,
        (),
        "TECHNICIAN_DOUBLE_BOOKED",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput(
        "a change that comes too late",
        _change_that_comes_too_late,
        (),
        "JOB_FIELD_FIXED",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput("a change unseen", _change_unseen, (), "ETAG_MISMATCH", grpc.StatusCode.ABORTED),
    BadInput(
        "a job of another customer", _job_of_another_customer, ("job.customer",), "FIELD_IMMUTABLE"
    ),
    BadInput("a price of other lines", _price_of_other_lines, ("job.price",), "PRICE_NOT_OF_LINES"),
    BadInput(
        "a final price of other lines",
        _final_price_of_other_lines,
        ("final_price",),
        "PRICE_NOT_OF_LINES",
    ),
    BadInput(
        "a request id of another content",
        _request_id_of_another_content,
        ("request_id",),
        "REQUEST_ID_REUSED",
    ),
    BadInput(
        "a request id of another method",
        _request_id_of_another_method,
        ("request_id",),
        "REQUEST_ID_REUSED",
    ),
    BadInput(
        "another technician's job",
        _another_technicians_job,
        (),
        "JOB_OF_ANOTHER_TECHNICIAN",
        grpc.StatusCode.PERMISSION_DENIED,
    ),
    BadInput(
        "a cursor of another feed",
        _cursor_of_another_feed,
        (),
        "CURSOR_EXPIRED",
        grpc.StatusCode.OUT_OF_RANGE,
    ),
    BadInput(
        "a subject of another member",
        _subject_of_another_member,
        (),
        "MEMBER_SUBJECT_TAKEN",
        grpc.StatusCode.ALREADY_EXISTS,
    ),
    BadInput(
        "an older numbering",
        _older_numbering,
        (),
        "INSTALL_EPOCH_PAST",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput(
        "an installation of another technician",
        _installation_of_another,
        (),
        "INSTALLATION_TAKEN",
        grpc.StatusCode.ALREADY_EXISTS,
    ),
    BadInput(
        "a numbering that nobody registered",
        _numbering_that_nobody_registered,
        (),
        "INSTALL_EPOCH_UNKNOWN",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    BadInput(
        "the phone of another technician",
        _phone_of_another,
        (),
        "DEVICE_NOT_FOUND",
        grpc.StatusCode.NOT_FOUND,
    ),
    BadInput(
        "the phone of somebody who is no member",
        _phone_of_no_member,
        (),
        "PERMISSION_DENIED",
        grpc.StatusCode.PERMISSION_DENIED,
    ),
]

CALLS = [
    BadInput("an oversized request", _oversized_request, (), "MESSAGE_TOO_LARGE", EXHAUSTED),
    BadInput("an oversized batch", _oversized_batch, (), "MESSAGE_TOO_LARGE", EXHAUSTED),
    BadInput(
        "bytes that are no message", _bytes_that_are_no_message, ("request",), "MESSAGE_MALFORMED"
    ),
    BadInput("no token", _no_token, (), "TOKEN_MISSING", UNAUTHENTICATED),
    BadInput("a token that is none", _token_that_is_none, (), "TOKEN_INVALID", UNAUTHENTICATED),
    BadInput("an expired token", _expired_token, (), "TOKEN_EXPIRED", UNAUTHENTICATED),
    BadInput(
        "a token without organisation",
        _token_without_organisation,
        (),
        "TOKEN_INVALID",
        UNAUTHENTICATED,
    ),
    BadInput("a wrong role", _wrong_role, (), "ROLE_MISSING", grpc.StatusCode.PERMISSION_DENIED),
]

REFUSED_CALLS = (*OF_ANOTHER_QUERY, *COMMANDS, *CALLS)
