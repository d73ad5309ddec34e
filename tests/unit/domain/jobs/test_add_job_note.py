"""Notes about a job: by whom it may be, in any state, once, and not without end."""

from uuid import uuid4

import pytest

from domain.commands import Actor, Role
from domain.identifiers import MemberId, RequestId
from domain.jobs.job import Job, NotYourJobError
from domain.jobs.job_note import MOST_NOTES, JobNote, TooManyNotesError
from domain.jobs.job_state import JobState
from domain.jobs.use_cases.add_job_note import AddJobNote, add_job_note
from tests.support.builders import a_context, a_job, an_actor
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_jobs import InMemoryJobStore

CLOCK = StoppedClock()


async def note(
    store: InMemoryJobStore,
    job: Job,
    text: str = "Tiene perro",
    *,
    actor: Actor | None = None,
    request_id: RequestId | None = None,
) -> Job:
    return await add_job_note(
        store,
        CLOCK,
        context=a_context(job.organization_id, actor=actor or an_actor(), request_id=request_id),
        command=AddJobNote(job_id=job.id, text=text),
    )


@pytest.mark.parametrize("state", JobState)
async def test_a_job_takes_notes_in_any_state(state: JobState) -> None:
    job = a_job(state=state)

    noted = await note(InMemoryJobStore(job), job)

    assert noted.notes == (JobNote(author="somebody", written_at=CLOCK.now(), text="Tiene perro"),)
    assert (noted.state, noted.version) == (state, job.version + 1)


async def test_notes_stand_in_the_order_in_which_they_were_written() -> None:
    job = a_job()
    store = InMemoryJobStore(job)

    await note(store, job, "Tiene perro")
    noted = await note(store, job, "No muerde")

    assert [each.text for each in noted.notes] == ["Tiene perro", "No muerde"]


async def test_a_note_is_told_and_audited_once_however_often_it_is_sent() -> None:
    job, request_id = a_job(), RequestId(uuid4())
    store = InMemoryJobStore(job)

    first = await note(store, job, request_id=request_id)
    again = await note(store, job, request_id=request_id)

    assert first == again
    assert [event.type for _, _, event in store.ledger.events] == ["job_note_added"]
    assert store.ledger.audits == [("job_note_added", job.id)]


async def test_the_technician_of_a_job_notes_what_they_find() -> None:
    technician = MemberId(new_id())
    job = a_job(technician_id=technician)

    noted = await note(
        InMemoryJobStore(job), job, actor=an_actor(Role.TECHNICIAN, member_id=technician)
    )

    assert noted.notes[0].author == str(technician)


async def test_another_technician_notes_nothing() -> None:
    job = a_job(technician_id=MemberId(new_id()))

    with pytest.raises(NotYourJobError):
        await note(
            InMemoryJobStore(job),
            job,
            actor=an_actor(Role.TECHNICIAN, member_id=MemberId(new_id())),
        )


async def test_a_job_is_not_noted_upon_without_end() -> None:
    written = JobNote(author="somebody", written_at=MORNING, text="Tiene perro")
    job = a_job(notes=(written,) * MOST_NOTES)

    with pytest.raises(TooManyNotesError):
        await note(InMemoryJobStore(job), job)
