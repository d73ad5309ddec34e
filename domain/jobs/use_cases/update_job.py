"""A dispatcher corrects what was said of a job, or plans it anew."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.double_booking import check_technician_is_free
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.job_changes import JobChanges, differing_fields, with_changes
from domain.jobs.ports import JobStore, JobTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateJob:
    job_id: JobId
    changes: JobChanges
    expected_version: int | None = None
    allow_double_booking: bool = False


async def update_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: UpdateJob
) -> Job:
    """Change fields of the version the caller read; what is the same already is no change.

    Raises NotFoundError, EtagMismatchError, FieldFixedError, InvalidInputError,
    TechnicianDoubleBookedError.
    """
    async with store.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        if await transaction.claim(command, job.id) is not None:
            return job
        job.check_version_was_read(command.expected_version)
        changed = with_changes(job, command.changes, clock.now())
        if changed == job:
            return job
        if changed.schedule != job.schedule and not command.allow_double_booking:
            await _check_new_time(transaction, changed)
        await transaction.save(changed)
        transaction.audit(
            JobEventType.UPDATED, job.id, fields=",".join(differing_fields(job, changed))
        )
        transaction.publish(job_event(JobEventType.UPDATED, changed))
    return changed


async def _check_new_time(transaction: JobTransaction, job: Job) -> None:
    if job.technician_id is not None:
        await transaction.locked_member_roles(job.technician_id)
        await check_technician_is_free(transaction, job)
