"""A visit's times by the server's clock: each step, each pause, and the work between them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.errors import PreconditionError

MOST_PAUSES = 100


class PauseReason(StrEnum):
    BREAK = "BREAK"
    WAITING_FOR_PARTS = "WAITING_FOR_PARTS"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER"
    END_OF_DAY = "END_OF_DAY"
    OTHER = "OTHER"


class TooManyPausesError(PreconditionError):
    reason = "JOB_PAUSES_FULL"

    def __init__(self) -> None:
        super().__init__(f"A job is paused {MOST_PAUSES} times at most.", largest_count=MOST_PAUSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The work stood still from one moment to another; `ended_at` is None while it does."""

    began_at: datetime
    reason: PauseReason
    note: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTimes:
    """When each step of the day happened; None while it has not. Only the last pause is open."""

    en_route_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    def paused(self, at: datetime, *, reason: PauseReason, note: str) -> Self:
        """Return the times with another pause; raise TooManyPausesError."""
        if len(self.pauses) >= MOST_PAUSES:
            raise TooManyPausesError
        return replace(self, pauses=(*self.pauses, Pause(began_at=at, reason=reason, note=note)))

    def resumed(self, at: datetime) -> Self:
        """Return the times with the pause ended, if the work stands still."""
        if not self.pauses or self.pauses[-1].ended_at is not None:
            return self
        return replace(self, pauses=(*self.pauses[:-1], replace(self.pauses[-1], ended_at=at)))

    @property
    def worked(self) -> timedelta | None:
        """How long the work took without its pauses; None until work that began has ended."""
        ended_at = self.completed_at or self.cancelled_at
        if self.started_at is None or ended_at is None:
            return None
        stood_still = sum(
            ((pause.ended_at or ended_at) - pause.began_at for pause in self.pauses), timedelta()
        )
        # The clock may have been set back in between.
        return max(ended_at - self.started_at - stood_still, timedelta())
