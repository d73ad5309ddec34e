"""The work goes on."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeJob:
    job_id: JobId
    expected_version: int | None = None


async def resume_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: ResumeJob
) -> Job:
    """Make a PAUSED job IN_PROGRESS."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.RESUMED,
        transition=Job.resume,
    )
