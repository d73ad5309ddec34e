"""The technician leaves for the customer."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTravel:
    job_id: JobId
    expected_version: int | None = None


async def start_travel(
    store: JobStore, clock: Clock, *, context: CommandContext, command: StartTravel
) -> Job:
    """Make an ASSIGNED job EN_ROUTE."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.TRAVEL_STARTED,
        transition=Job.start_travel,
    )
