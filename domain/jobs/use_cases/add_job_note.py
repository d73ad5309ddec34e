"""Somebody notes something about a job."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.job_note import JobNote
from domain.jobs.ports import JobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AddJobNote:
    job_id: JobId
    text: str


async def add_job_note(
    store: JobStore, clock: Clock, *, context: CommandContext, command: AddJobNote
) -> Job:
    """Add a note to a job in any state, also a closed one.

    Raises NotFoundError, NotYourJobError, TooManyNotesError.
    """
    async with store.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        job.check_movable_by(context.actor)
        if await transaction.claim(command, job.id) is not None:
            return job
        now = clock.now()
        noted = job.with_note(
            JobNote(author=context.actor.subject, written_at=now, text=command.text)
        )
        await transaction.save(noted)
        transaction.audit(JobEventType.NOTE_ADDED, job.id, note=len(noted.notes))
        transaction.publish(job_event(JobEventType.NOTE_ADDED, noted))
    return noted
