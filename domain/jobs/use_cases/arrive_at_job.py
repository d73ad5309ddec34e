"""The technician is at the door."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveAtJob:
    job_id: JobId
    expected_version: int | None = None


async def arrive_at_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: ArriveAtJob
) -> Job:
    """Make a job that is EN_ROUTE ARRIVED."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.ARRIVED,
        transition=Job.arrive,
    )
