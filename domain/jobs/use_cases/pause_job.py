"""The work stands still for a while."""

from dataclasses import dataclass
from functools import partial

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.move_job import move_job
from domain.jobs.visit import PauseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseJob:
    job_id: JobId
    reason: PauseReason
    note: str = ""
    expected_version: int | None = None


async def pause_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: PauseJob
) -> Job:
    """Make a job that is IN_PROGRESS PAUSED, with the reason; raise TooManyPausesError."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.PAUSED,
        transition=partial(Job.pause, reason=command.reason, note=command.note),
    )
