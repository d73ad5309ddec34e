"""What happens to jobs, as it stands in the organisation's numbered feed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.commands import Actor
from domain.errors import OutOfRangeError
from domain.identifiers import MemberId
from domain.jobs.job import Job
from domain.transactions import Event, JsonScalar

TAKEN_FROM = "taken_from"
"""The detail of an event that names the technician who lost the job by it."""


class JobEventType(StrEnum):
    CREATED = "job_created"
    ASSIGNED = "job_assigned"
    UNASSIGNED = "job_unassigned"
    TRAVEL_STARTED = "job_travel_started"
    ARRIVED = "job_arrived"
    STARTED = "job_started"
    PAUSED = "job_paused"
    RESUMED = "job_resumed"
    COMPLETED = "job_completed"
    CANCELLED = "job_cancelled"
    UPDATED = "job_updated"
    NOTE_ADDED = "job_note_added"
    PROOF_ADDED = "job_proof_added"


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
    taken_from: MemberId | None = None
    """The technician who lost the job by it."""

    def is_told_to(self, actor: Actor) -> bool:
        """Whether the job is open to the actor, or was until this event."""
        if self.job.is_open_to(actor):
            return True
        return actor.member_id is not None and actor.member_id == self.taken_from


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The next events of a feed; `last_number` is where to go on, also past foreign events."""

    events: tuple[NumberedJobEvent, ...]
    last_number: int
    has_more: bool = False
    """Whether the feed held more than the limit allowed to read at once."""


def job_event(kind: JobEventType, job: Job, *, taken_from: MemberId | None = None) -> Event:
    """Return the event that a changed job publishes; who lost it by that is told too."""
    details: dict[str, JsonScalar] = {"state": job.state}
    if taken_from not in (None, job.technician_id):
        details[TAKEN_FROM] = str(taken_from)
    return Event(type=kind, subject_id=job.id, occurred_at=job.updated_at, details=details)
