"""What measuring the queues needs from outside: whoever counts, adds up, and reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.operations.metric_windows import Span
from domain.operations.queue_statistics import Backlog, QueueKey, QueueStatistics
from domain.operations.task_type import Tier


class QueueRecording(Protocol):
    """What a worker process says of itself. Every method raises TemporaryError."""

    async def record(self, counted: Mapping[str, QueueStatistics]) -> None:
        """Add what was counted since the last time, by type, and say that the process lives."""
        ...

    async def sign_off(self) -> None:
        """Say that the process runs no more tasks."""
        ...


class QueueKeeping(Protocol):
    """What keepers do with counts; several may at once. Every method raises TemporaryError."""

    async def fold(self, limit: int) -> int:
        """Add counts to the statistics, each once and for ever; return how many.

        While another keeper folds there is nothing to do.
        """
        ...

    async def forget(self, limit: int) -> int:
        """Delete statistics that are past keeping, and processes that are long gone."""
        ...

    async def take_stock(self) -> Mapping[QueueKey, Backlog]:
        """Count what is in the queues, note it for those who read, and return it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is in the queues and who works on them."""

    backlogs: Mapping[QueueKey, Backlog]
    taken_at: datetime | None
    """When the backlogs were counted; None if never."""
    concurrency: Mapping[Tier, int]
    """How many tasks at a time, over all living worker processes."""
    first_counted_at: datetime | None
    """Since when there are statistics."""


class QueueStatisticsStore(Protocol):
    """The statistics as operators read them. Every method raises TemporaryError."""

    async def statistics(self, spans: Sequence[Span]) -> Mapping[QueueKey, QueueStatistics]:
        """Add up what was counted in these stretches of time."""
        ...

    async def present(self) -> Present:
        """Return how things are now."""
        ...
