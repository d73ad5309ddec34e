"""Members who leave, come back or lose a role: what they may do then, and how soon."""

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from campotech.directory.v1 import directory_pb2
from campotech.directory.v1.member_pb2 import Member
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from domain.commands import Role
from tests.support.businesses import Business, Colleague, short
from tests.support.clocks import new_id
from tests.support.job_steps import ASSIGN, CANCEL
from tests.support.job_watch import JobWatch
from tests.support.refusals import Refused, refusal_in, refused
from tests.support.rpc import Caller
from tests.support.waiting import eventually_true

pytestmark = pytest.mark.asyncio(loop_scope="package")

SOON_SECONDS = 5
ENDED = (grpc.StatusCode.PERMISSION_DENIED, "MEMBER_ENDED")


async def end(business: Business, name: str, **values: str) -> Member:
    request = directory_pb2.EndMemberRequest(name=name, **values)
    return (await business.owner.app.directory.EndMember(request)).member


async def reactivate(business: Business, name: str) -> Member:
    request = directory_pb2.ReactivateMemberRequest(name=name)
    return (await business.owner.app.directory.ReactivateMember(request)).member


async def give_roles(business: Business, name: str, *roles: Member.Role.ValueType) -> Member:
    read = directory_pb2.GetMemberRequest(name=name)
    member = (await business.office.directory.GetMember(read)).member
    request = directory_pb2.UpdateMemberRequest(
        member=Member(name=name, roles=roles),
        update_mask=FieldMask(paths=["roles"]),
        etag=member.etag,
    )
    return (await business.owner.app.directory.UpdateMember(request)).member


async def may_list(app: Caller) -> bool:
    try:
        await app.jobs.ListJobs(jobs_pb2.ListJobsRequest())
    except grpc.aio.AioRpcError:
        return False
    return True


async def is_soon_refused(app: Caller) -> Refused:
    async def cannot_list() -> bool:
        return not await may_list(app)

    assert await eventually_true(cannot_list, within_seconds=SOON_SECONDS)
    return await refused(app.jobs.ListJobs(jobs_pb2.ListJobsRequest()))


async def ending_of(watch: JobWatch) -> Refused:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        while True:
            await watch.next_response()
    return refusal_in(caught.value)


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.TECHNICIAN])
@pytest.mark.parametrize("subject", ["", "auth0|juana"])
async def test_the_token_of_an_ended_member_is_soon_refused(
    business: Business, role: Role, subject: str
) -> None:
    colleague = await business.hire(role, subject=subject)
    assert await may_list(colleague.app)

    ended = await end(business, colleague.name)

    refusal = await is_soon_refused(colleague.app)
    assert (refusal.code, refusal.reason) == ENDED
    assert refusal.spanish == "Ya no formás parte de esta empresa."
    assert ended.state == Member.STATE_ENDED
    assert ended.HasField("end_time")


async def test_a_new_token_of_an_ended_member_is_refused_at_once(business: Business) -> None:
    colleague = await business.hire(Role.DISPATCHER, subject="auth0|pedro")
    await end(business, short(colleague.name))
    by_subject = business.api.caller(Role.OWNER, organization_id=business.id, subject="auth0|pedro")
    by_id = business.api.caller(
        Role.DISPATCHER,
        organization_id=business.id,
        subject=colleague.name.rpartition("/")[2],
    )

    refusals = [
        await refused(app.jobs.ListJobs(jobs_pb2.ListJobsRequest())) for app in (by_subject, by_id)
    ]

    assert {(each.code, each.reason) for each in refusals} == {ENDED}


async def test_an_open_stream_of_an_ended_member_ends(business: Business) -> None:
    watch = JobWatch(business.technician.app)
    await watch.begin()

    await end(business, business.technician.name)

    refusal = await ending_of(watch)
    assert (refusal.code, refusal.reason) == ENDED


async def test_streams_of_others_go_on(business: Business) -> None:
    watch = JobWatch(business.office)
    await watch.begin()
    await end(business, business.technician.name)
    await is_soon_refused(business.technician.app)

    job = await business.job()

    assert (await watch.event()).job == job


async def test_a_role_that_was_taken_away_allows_nothing_more(business: Business) -> None:
    colleague = await business.hire(Role.DISPATCHER, Role.TECHNICIAN)
    customers = directory_pb2.ListCustomersRequest()
    await colleague.app.directory.ListCustomers(customers)
    watch = JobWatch(colleague.app)
    await watch.begin()

    await give_roles(business, colleague.name, Member.ROLE_TECHNICIAN)

    ending = await ending_of(watch)
    refusal = await refused(colleague.app.directory.ListCustomers(customers))
    assert (ending.code, ending.reason) == (grpc.StatusCode.UNAVAILABLE, "MEMBERSHIP_CHANGED")
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    assert await may_list(colleague.app)


async def test_a_token_says_no_more_than_the_directory(business: Business) -> None:
    app = business.api.caller(
        Role.OWNER,
        Role.TECHNICIAN,
        organization_id=business.id,
        subject=business.technician.name.rpartition("/")[2],
    )

    refusal = await refused(app.directory.ListMembers(directory_pb2.ListMembersRequest()))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


async def test_who_is_no_member_may_do_what_their_token_says(business: Business) -> None:
    service = business.api.caller(
        Role.DISPATCHER, organization_id=business.id, subject="dispatcher"
    )

    assert await may_list(service)


async def test_who_comes_back_works_with_the_token_they_have(business: Business) -> None:
    colleague = await business.hire(Role.TECHNICIAN)
    await end(business, colleague.name)
    await is_soon_refused(colleague.app)

    back = await reactivate(business, colleague.name)

    async def may() -> bool:
        return await may_list(colleague.app)

    assert await eventually_true(may, within_seconds=SOON_SECONDS)
    assert back.state == Member.STATE_ACTIVE
    assert not back.HasField("end_time")


async def test_an_ended_technician_gets_no_jobs(business: Business) -> None:
    await end(business, business.technician.name)
    job = await business.job()

    refusal = await refused(business.move(job.name, ASSIGN))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "MEMBER_NOT_TECHNICIAN",
    )


async def test_a_technician_with_open_jobs_does_not_leave(business: Business) -> None:
    job = await business.job_in(Job.STATE_EN_ROUTE)
    technician = business.technician.name

    refusals = [
        await refused(end(business, technician)),
        await refused(give_roles(business, technician, Member.ROLE_DISPATCHER)),
    ]
    await business.move(job.name, CANCEL)
    ended = await end(business, technician)

    assert [(each.code, each.reason) for each in refusals] == [
        (grpc.StatusCode.FAILED_PRECONDITION, "MEMBER_HAS_OPEN_JOBS")
    ] * 2
    assert {each.info.metadata["jobs"] for each in refusals} == {short(job.name)}
    assert ended.state == Member.STATE_ENDED


async def test_the_last_owner_does_not_leave(business: Business) -> None:
    second = await business.hire(Role.OWNER)
    await end(business, second.name)

    refusal = await refused(end(business, business.owner.name))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER")


async def test_nobody_leaves_or_comes_back_twice(business: Business) -> None:
    colleague = await business.hire(Role.TECHNICIAN)

    back = await refused(reactivate(business, colleague.name))
    await end(business, colleague.name)
    away = await refused(end(business, colleague.name))

    assert {back.reason, away.reason} == {"MEMBER_TRANSITION_REFUSED"}
    assert [each.info.metadata["current_state"] for each in (back, away)] == ["ACTIVE", "ENDED"]


async def test_a_repeated_end_ends_once(business: Business) -> None:
    colleague = await business.hire(Role.TECHNICIAN)
    request_id = "9a2f3f0e-3a51-4d0e-9c3c-0d3a8d1a7e55"

    first = await end(business, colleague.name, request_id=request_id)
    again = await end(business, colleague.name, request_id=request_id)

    assert first == again


async def test_who_changed_meanwhile_is_not_ended_unseen(business: Business) -> None:
    refusal = await refused(end(business, business.technician.name, etag="7"))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")


@pytest.mark.parametrize("method", ["EndMember", "ReactivateMember"])
async def test_who_does_not_exist_neither_leaves_nor_comes_back(
    business: Business, method: str
) -> None:
    request = getattr(directory_pb2, f"{method}Request")(name=f"members/{new_id()}")

    refusal = await refused(getattr(business.owner.app.directory, method)(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND")


async def test_those_who_left_are_listed_when_asked_for(business: Business) -> None:
    gone = await business.hire(Role.TECHNICIAN)
    await end(business, gone.name)

    working = await _listed(business)
    everybody = await _listed(business, show_ended=True)

    assert gone.name not in working
    assert set(everybody) == {gone.name, *working}


async def test_members_are_listed_by_role(business: Business) -> None:
    both = await business.hire(Role.DISPATCHER, Role.TECHNICIAN)

    technicians = await _listed(business, roles=[Member.ROLE_TECHNICIAN])
    office = await _listed(business, roles=[Member.ROLE_OWNER, Member.ROLE_DISPATCHER])

    assert technicians == [both.name, business.technician.name]
    assert office == _names(both, business.dispatcher, business.owner)


async def _listed(business: Business, **values: object) -> list[str]:
    request = directory_pb2.ListMembersRequest(**values)  # type: ignore[arg-type]  # its filters
    page = await business.office.directory.ListMembers(request)
    return [member.name for member in page.members]


def _names(*colleagues: Colleague) -> list[str]:
    return [colleague.name for colleague in colleagues]
