"""A dispatcher takes a job from its technician, before they left."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.ports import JobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class UnassignJob:
    job_id: JobId
    expected_version: int | None = None


async def unassign_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: UnassignJob
) -> Job:
    """Make an ASSIGNED job PENDING again, of the version the caller read.

    Raises NotFoundError, TransitionRefusedError, EtagMismatchError.
    """
    async with store.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        if await transaction.claim(command, job.id) is not None:
            return job
        unassigned = job.unassign(clock.now(), expected=command.expected_version)
        await transaction.save(unassigned)
        transaction.audit(
            JobEventType.UNASSIGNED, job.id, previous_technician=str(job.technician_id)
        )
        transaction.publish(
            job_event(JobEventType.UNASSIGNED, unassigned, taken_from=job.technician_id)
        )
    return unassigned
