"""Who goes: chosen, changed, taken back, and not promised to two customers at once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.commands import Role
from domain.errors import EtagMismatchError
from domain.identifiers import MemberId, RequestId
from domain.jobs.double_booking import TechnicianDoubleBookedError
from domain.jobs.job import Job
from domain.jobs.job_changes import JobChanges
from domain.jobs.job_state import CLOSED_STATES, TAKEN_STATES, JobState
from domain.jobs.schedule import Schedule
from domain.jobs.use_cases.assign_job import AssignJob, assign_job
from domain.jobs.use_cases.unassign_job import UnassignJob, unassign_job
from domain.jobs.use_cases.update_job import UpdateJob, update_job
from tests.support.builders import a_context, a_job, an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_jobs import InMemoryJobStore

CLOCK = StoppedClock()
AN_HOUR = timedelta(hours=1)
MORNINGS = Schedule(starts_at=MORNING, ends_at=MORNING + 2 * AN_HOUR)
AFTERNOONS = Schedule(starts_at=MORNING + 6 * AN_HOUR, ends_at=MORNING + 8 * AN_HOUR)


class Crew:
    """One organisation with a technician, and jobs for them."""

    def __init__(self) -> None:
        self.organization_id = an_organization_id()
        self.technician = MemberId(new_id())
        self.store = InMemoryJobStore()
        self.store.members[self.organization_id, self.technician] = frozenset({Role.TECHNICIAN})

    def job(self, **particular: object) -> Job:
        job = a_job(self.organization_id, **{"schedule": MORNINGS, **particular})
        self.store.jobs[job.organization_id, job.id] = job
        return job

    def taken(self, **particular: object) -> Job:
        values = {"state": JobState.ASSIGNED, "technician_id": self.technician, **particular}
        return self.job(**values)

    async def assign(self, job: Job, *, allow_double_booking: bool = False) -> Job:
        return await assign_job(
            self.store,
            CLOCK,
            context=a_context(self.organization_id),
            command=AssignJob(
                job_id=job.id,
                technician_id=self.technician,
                expected_version=job.version,
                allow_double_booking=allow_double_booking,
            ),
        )

    async def move_to(
        self, job: Job, schedule: Schedule, *, allow_double_booking: bool = False
    ) -> Job:
        return await update_job(
            self.store,
            CLOCK,
            context=a_context(self.organization_id),
            command=UpdateJob(
                job_id=job.id,
                changes=JobChanges(starts_at=schedule.starts_at, ends_at=schedule.ends_at),
                expected_version=job.version,
                allow_double_booking=allow_double_booking,
            ),
        )


@pytest.fixture
def crew() -> Crew:
    return Crew()


async def test_a_technician_is_not_promised_to_two_customers_at_once(crew: Crew) -> None:
    first = crew.taken(number=12)

    with pytest.raises(TechnicianDoubleBookedError) as refusal:
        await crew.assign(crew.job(number=13))

    assert refusal.value.metadata == {
        "technician": str(crew.technician),
        "job": str(first.id),
        "number": "12",
    }


async def test_a_dispatcher_may_want_it_otherwise(crew: Crew) -> None:
    crew.taken()

    assigned = await crew.assign(crew.job(), allow_double_booking=True)

    assert assigned.technician_id == crew.technician


@pytest.mark.parametrize("state", sorted(TAKEN_STATES))
async def test_an_open_job_takes_its_technicians_time(crew: Crew, state: JobState) -> None:
    crew.taken(state=state)

    with pytest.raises(TechnicianDoubleBookedError):
        await crew.assign(crew.job())


@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
async def test_a_closed_job_takes_nobodys_time(crew: Crew, state: JobState) -> None:
    crew.taken(state=state)

    assigned = await crew.assign(crew.job())

    assert assigned.technician_id == crew.technician


async def test_a_job_does_not_stand_in_its_own_way(crew: Crew) -> None:
    assigned = await crew.assign(crew.taken())

    assert assigned.technician_id == crew.technician


async def test_anothers_job_stands_in_nobodys_way(crew: Crew) -> None:
    crew.taken(technician_id=MemberId(new_id()))

    assigned = await crew.assign(crew.job())

    assert assigned.technician_id == crew.technician


async def test_a_job_is_not_moved_to_a_time_that_is_taken(crew: Crew) -> None:
    crew.taken()
    job = crew.taken(schedule=AFTERNOONS)

    with pytest.raises(TechnicianDoubleBookedError):
        await crew.move_to(job, MORNINGS)

    assert (await crew.store.get(crew.organization_id, job.id)) == job


async def test_a_dispatcher_may_move_a_job_to_a_time_that_is_taken(crew: Crew) -> None:
    crew.taken()

    moved = await crew.move_to(crew.taken(schedule=AFTERNOONS), MORNINGS, allow_double_booking=True)

    assert moved.schedule == MORNINGS


async def test_a_job_that_nobody_has_moves_freely(crew: Crew) -> None:
    crew.taken()

    moved = await crew.move_to(crew.job(schedule=AFTERNOONS), MORNINGS)

    assert moved.schedule == MORNINGS


async def test_other_changes_of_a_double_booked_job_are_nobodys_concern(crew: Crew) -> None:
    crew.taken()
    job = crew.taken()

    changed = await update_job(
        crew.store,
        CLOCK,
        context=a_context(crew.organization_id),
        command=UpdateJob(
            job_id=job.id, changes=JobChanges(description="Otra"), expected_version=job.version
        ),
    )

    assert changed.description == "Otra"


async def test_taking_a_job_back_is_told_and_audited_once(crew: Crew) -> None:
    job = crew.taken()
    context = a_context(crew.organization_id, request_id=RequestId(uuid4()))
    command = UnassignJob(job_id=job.id, expected_version=job.version)

    first = await unassign_job(crew.store, CLOCK, context=context, command=command)
    again = await unassign_job(crew.store, CLOCK, context=context, command=command)

    assert first == again
    assert (first.state, first.technician_id) == (JobState.PENDING, None)
    assert crew.store.ledger.audits == [("job_unassigned", job.id)]
    ((_, _, event),) = crew.store.ledger.events
    assert (event.type, event.details["taken_from"]) == ("job_unassigned", str(crew.technician))


async def test_a_job_is_not_taken_back_unseen(crew: Crew) -> None:
    job = crew.taken()

    with pytest.raises(EtagMismatchError):
        await unassign_job(
            crew.store,
            CLOCK,
            context=a_context(crew.organization_id),
            command=UnassignJob(job_id=job.id),
        )
