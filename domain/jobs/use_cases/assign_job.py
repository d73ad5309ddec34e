"""A dispatcher chooses who goes, or somebody else before they left."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext, Role
from domain.errors import NotFoundError, PreconditionError
from domain.identifiers import JobId, MemberId
from domain.jobs.double_booking import check_technician_is_free
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.ports import JobStore


class NotATechnicianError(PreconditionError):
    reason = "MEMBER_NOT_TECHNICIAN"

    def __init__(self, member_id: MemberId) -> None:
        super().__init__("This member does not go on jobs.", member=member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignJob:
    job_id: JobId
    technician_id: MemberId
    expected_version: int | None = None
    allow_double_booking: bool = False


async def assign_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: AssignJob
) -> Job:
    """Make the job ASSIGNED to a technician; one that has a technician needs its version.

    Raises NotFoundError, NotATechnicianError, TransitionRefusedError, EtagMismatchError,
    TechnicianDoubleBookedError.
    """
    async with store.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        if await transaction.claim(command, job.id) is not None:
            return job
        roles = await transaction.locked_member_roles(command.technician_id)
        if roles is None:
            raise NotFoundError("member", command.technician_id)
        if Role.TECHNICIAN not in roles:
            raise NotATechnicianError(command.technician_id)
        assigned = job.assign_to(
            command.technician_id, clock.now(), expected=command.expected_version
        )
        if not command.allow_double_booking:
            await check_technician_is_free(transaction, assigned)
        await transaction.save(assigned)
        transaction.audit("job_assigned", job.id, technician=str(command.technician_id))
        transaction.publish(
            job_event(JobEventType.ASSIGNED, assigned, taken_from=job.technician_id)
        )
    return assigned
