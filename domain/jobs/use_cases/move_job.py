"""What all steps of a job's day share: lock it, check who and which version, store the next."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.ports import JobStore, JobTransaction


class JobStep(Protocol):
    """A command that moves one job."""

    @property
    def job_id(self) -> JobId: ...

    @property
    def expected_version(self) -> int | None: ...


async def move_job(
    store: JobStore,
    clock: Clock,
    *,
    context: CommandContext,
    command: JobStep,
    event: JobEventType,
    transition: Callable[[Job, datetime], Job],
    follow_up: Callable[[JobTransaction, Job], None] = lambda _transaction, _job: None,
) -> Job:
    """Move a job once for its request id and return it as it is now.

    Raises NotFoundError, NotYourJobError, EtagMismatchError, TransitionRefusedError.
    """
    async with store.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        job.check_movable_by(context.actor)
        if await transaction.claim(command, job.id) is not None:
            return job
        job.check_version(command.expected_version)
        moved = transition(job, clock.now())
        await transaction.save(moved)
        transaction.audit(event, job.id, previous_state=job.state)
        transaction.publish(job_event(event, moved))
        follow_up(transaction, moved)
    return moved
