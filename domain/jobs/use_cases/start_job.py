"""The work begins."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job


@dataclass(frozen=True, slots=True, kw_only=True)
class StartJob:
    job_id: JobId
    expected_version: int | None = None


async def start_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: StartJob
) -> Job:
    """Make an ARRIVED job IN_PROGRESS."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.STARTED,
        transition=Job.start,
    )
