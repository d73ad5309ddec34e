"""The job will not be done."""

from dataclasses import dataclass
from functools import partial

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import CancelReason, Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelJob:
    job_id: JobId
    reason: CancelReason
    note: str = ""
    expected_version: int | None = None


async def cancel_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: CancelJob
) -> Job:
    """Make a job that is not COMPLETED CANCELLED, with its reason."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.CANCELLED,
        transition=partial(Job.cancel, reason=command.reason, note=command.note),
    )
