"""Commands on jobs: once per request id, by the right people, with everything that follows."""

from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.commands import Role
from domain.errors import EtagMismatchError, NotFoundError
from domain.identifiers import CustomerId, MemberId, RequestId
from domain.jobs.job import Job, NotYourJobError
from domain.jobs.job_state import JobState, TransitionRefusedError
from domain.jobs.ports import JobFilter
from domain.jobs.use_cases.assign_job import AssignJob, NotATechnicianError, assign_job
from domain.jobs.use_cases.complete_job import CompleteJob, complete_job
from domain.jobs.use_cases.create_job import CreateJob, create_job
from domain.jobs.use_cases.get_job import get_job
from domain.jobs.use_cases.list_jobs import list_jobs
from domain.jobs.use_cases.start_travel import StartTravel, start_travel
from domain.pages import PageRequest
from tests.support.builders import AN_ADDRESS, a_context, a_job, an_actor
from tests.support.clocks import StoppedClock, new_id
from tests.support.in_memory_jobs import InMemoryJobStore

CLOCK = StoppedClock()


def a_store_with_technician(job: Job) -> tuple[InMemoryJobStore, MemberId]:
    store, technician = InMemoryJobStore(job), MemberId(new_id())
    store.members[job.organization_id, technician] = frozenset({Role.TECHNICIAN})
    return store, technician


async def test_a_job_needs_a_customer_of_the_organisation() -> None:
    command = CreateJob(
        customer_id=CustomerId(new_id()),
        description="Sin agua",
        service_address=AN_ADDRESS,
        price=a_job().price,
    )

    with pytest.raises(NotFoundError) as refusal:
        await create_job(InMemoryJobStore(), Uuid7Source(), context=a_context(), command=command)

    assert refusal.value.reason == "CUSTOMER_NOT_FOUND"


async def test_assigning_tells_the_feed_and_the_audit_once_however_often_it_is_repeated() -> None:
    job = a_job()
    store, technician = a_store_with_technician(job)
    context = a_context(job.organization_id, request_id=RequestId(uuid4()))
    command = AssignJob(job_id=job.id, technician_id=technician)

    first = await assign_job(store, CLOCK, context=context, command=command)
    again = await assign_job(store, CLOCK, context=context, command=command)

    assert first == again
    assert (first.state, first.technician_id) == (JobState.ASSIGNED, technician)
    assert [event.type for _, _, event in store.ledger.events] == ["job_assigned"]
    assert store.ledger.audits == [("job_assigned", job.id)]


async def test_only_a_technician_goes_on_jobs() -> None:
    job = a_job()
    store, dispatcher = InMemoryJobStore(job), MemberId(new_id())
    store.members[job.organization_id, dispatcher] = frozenset({Role.DISPATCHER})

    with pytest.raises(NotATechnicianError):
        await assign_job(
            store,
            CLOCK,
            context=a_context(job.organization_id),
            command=AssignJob(job_id=job.id, technician_id=dispatcher),
        )


async def test_a_member_of_nobody_cannot_be_assigned() -> None:
    job = a_job()

    with pytest.raises(NotFoundError) as refusal:
        await assign_job(
            InMemoryJobStore(job),
            CLOCK,
            context=a_context(job.organization_id),
            command=AssignJob(job_id=job.id, technician_id=MemberId(new_id())),
        )

    assert refusal.value.reason == "MEMBER_NOT_FOUND"


async def test_completing_a_job_generates_its_invoice_once() -> None:
    job = a_job(state=JobState.IN_PROGRESS)
    store = InMemoryJobStore(job)
    context = a_context(job.organization_id, request_id=RequestId(uuid4()))
    command = CompleteJob(job_id=job.id, work_summary="Cambié el cuerito")

    await complete_job(store, CLOCK, context=context, command=command)
    await complete_job(store, CLOCK, context=context, command=command)

    (task,) = store.ledger.tasks.values()
    assert (task.type, task.payload) == ("invoice:generate", {"job_id": str(job.id)})


async def test_a_refused_step_leaves_the_job_as_it_was() -> None:
    job = a_job(state=JobState.PENDING)
    store = InMemoryJobStore(job)

    with pytest.raises(TransitionRefusedError):
        await start_travel(
            store,
            CLOCK,
            context=a_context(job.organization_id),
            command=StartTravel(job_id=job.id),
        )

    assert await store.get(job.organization_id, job.id) == job
    assert store.ledger.audits == []


async def test_a_stale_etag_stops_a_step() -> None:
    job = a_job(state=JobState.ASSIGNED, version=3)

    with pytest.raises(EtagMismatchError):
        await start_travel(
            InMemoryJobStore(job),
            CLOCK,
            context=a_context(job.organization_id),
            command=StartTravel(job_id=job.id, expected_version=2),
        )


async def test_a_technician_moves_only_their_own_job() -> None:
    job = a_job(state=JobState.ASSIGNED, technician_id=MemberId(new_id()))
    stranger = an_actor(Role.TECHNICIAN, member_id=MemberId(new_id()))

    with pytest.raises(NotYourJobError):
        await start_travel(
            InMemoryJobStore(job),
            CLOCK,
            context=a_context(job.organization_id, actor=stranger),
            command=StartTravel(job_id=job.id),
        )


async def test_a_technician_sees_their_own_jobs_and_no_others() -> None:
    technician = MemberId(new_id())
    own = a_job(technician_id=technician, state=JobState.ASSIGNED)
    other = a_job(own.organization_id)
    store, actor = InMemoryJobStore(own, other), an_actor(Role.TECHNICIAN, member_id=technician)

    page = await list_jobs(
        store,
        actor,
        organization_id=own.organization_id,
        wanted=JobFilter(),
        page=PageRequest(),
    )

    assert page.items == (own,)
    assert await get_job(store, actor, own.organization_id, own.id) == own
    with pytest.raises(NotFoundError):
        await get_job(store, actor, own.organization_id, other.id)


async def test_a_technician_who_is_no_member_sees_not_even_the_jobs_that_nobody_has() -> None:
    job, actor = a_job(), an_actor(Role.TECHNICIAN)

    with pytest.raises(NotFoundError):
        await get_job(InMemoryJobStore(job), actor, job.organization_id, job.id)


async def test_a_technician_who_asks_for_anothers_jobs_gets_none() -> None:
    job = a_job(technician_id=MemberId(new_id()))
    actor = an_actor(Role.TECHNICIAN, member_id=MemberId(new_id()))

    page = await list_jobs(
        InMemoryJobStore(job),
        actor,
        organization_id=job.organization_id,
        wanted=JobFilter(technician_id=job.technician_id),
        page=PageRequest(),
    )

    assert page.items == ()
