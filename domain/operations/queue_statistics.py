"""What was counted of a queue in some stretch of time, and what is in it now."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import reduce
from operator import add
from typing import NamedTuple

from domain.operations.durations import NO_DURATIONS, Durations
from domain.operations.task_type import Tier


class QueueKey(NamedTuple):
    """A queue: tasks of one type in one tier."""

    type: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """Counts that can be added up."""

    dispatched: int = 0
    duplicates: int = 0
    """Dispatches of what had been dispatched before, which made no task."""
    finished: int = 0
    """Tasks that were done, counted when they became history: exact, whatever was killed."""
    succeeded: int = 0
    retried: int = 0
    parked: int = 0
    died: int = 0
    """How attempts ended; that a task died is counted whether its handler failed or its worker."""
    stalled: int = 0
    """Attempts whose lease ran out."""
    waits: Durations = NO_DURATIONS
    """From when a task could start until a worker had it, one per attempt."""
    runs: Durations = NO_DURATIONS

    @property
    def attempts(self) -> int:
        """Return how many were begun."""
        return self.waits.count

    @property
    def service_seconds(self) -> float:
        """Return how much time of a worker a task takes, all its attempts together."""
        tasks = self.succeeded + self.died
        return self.runs.seconds / tasks if tasks else 0.0

    def __add__(self, other: "QueueStatistics") -> "QueueStatistics":
        return QueueStatistics(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )


def sum_of(statistics: Iterable[QueueStatistics]) -> QueueStatistics:
    """Add up; nothing at all is zero."""
    return reduce(add, statistics, QueueStatistics())


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is in a queue at a moment."""

    ready: int = 0
    scheduled: int = 0
    running: int = 0
    parked: int = 0
    dead: int = 0
    oldest_ready_at: datetime | None = None
    """Since when the ready task waits that waits longest."""

    def __add__(self, other: "Backlog") -> "Backlog":
        moments = [each.oldest_ready_at for each in (self, other) if each.oldest_ready_at]
        return Backlog(
            ready=self.ready + other.ready,
            scheduled=self.scheduled + other.scheduled,
            running=self.running + other.running,
            parked=self.parked + other.parked,
            dead=self.dead + other.dead,
            oldest_ready_at=min(moments, default=None),
        )
