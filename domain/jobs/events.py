"""What happens to jobs, as it stands in the organisation's numbered feed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import OutOfRangeError
from domain.identifiers import JobId
from domain.jobs.job import Job
from domain.transactions import Event


class JobEventType(StrEnum):
    CREATED = "job_created"
    ASSIGNED = "job_assigned"
    TRAVEL_STARTED = "job_travel_started"
    ARRIVED = "job_arrived"
    STARTED = "job_started"
    PAUSED = "job_paused"
    RESUMED = "job_resumed"
    COMPLETED = "job_completed"
    CANCELLED = "job_cancelled"
    UPDATED = "job_updated"


class CursorExpiredError(OutOfRangeError):
    """Events after the cursor are no longer kept: list the jobs and watch from now on."""

    reason = "CURSOR_EXPIRED"

    def __init__(self, cursor: int, oldest: int) -> None:
        super().__init__(
            "Events after this cursor are no longer kept.", cursor=cursor, oldest_cursor=oldest
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedJobEvent:
    """An event as a watcher is told it, with the job as it is by now."""

    number: int
    type: JobEventType
    job: Job
    occurred_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The next events of a feed; `last_number` is where to go on, also past foreign events."""

    events: tuple[NumberedJobEvent, ...]
    last_number: int
    has_more: bool = False
    """Whether the feed held more than the limit allowed to read at once."""


def job_event(kind: JobEventType, job: Job) -> Event:
    """Return the event that a changed job publishes."""
    return Event(
        type=kind,
        subject_id=JobId(job.id),
        occurred_at=job.updated_at,
        details={"state": job.state},
    )
