"""Statistics of the queues as a test wants them, whatever stretch of time is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.operations.durations import Durations
from domain.operations.metric_windows import Span
from domain.operations.queue_ports import Present
from domain.operations.queue_statistics import QueueKey, QueueStatistics
from domain.operations.task_type import Tier

NOTHING_PRESENT = Present(backlogs={}, taken_at=None, concurrency={}, first_counted_at=None)


@dataclass
class GivenStatistics:
    """The domain's QueueStatisticsStore."""

    counted: Mapping[QueueKey, QueueStatistics] = field(default_factory=dict)
    now: Present = NOTHING_PRESENT
    asked: list[Sequence[Span]] = field(default_factory=list)

    async def statistics(self, spans: Sequence[Span]) -> Mapping[QueueKey, QueueStatistics]:
        self.asked.append(spans)
        return self.counted

    async def present(self) -> Present:
        return self.now


def counted(tasks: int, *, run_seconds: float = 1.0, wait_seconds: float = 0.1) -> QueueStatistics:
    """Return what is counted of tasks that came, ran once and were done."""
    return QueueStatistics(
        dispatched=tasks,
        finished=tasks,
        succeeded=tasks,
        waits=Durations.of([wait_seconds] * tasks),
        runs=Durations.of([run_seconds] * tasks),
    )


def working(**concurrency: int) -> Present:
    """Return a present in which workers have so many places, by tier."""
    return Present(
        backlogs={},
        taken_at=None,
        concurrency={Tier(tier): places for tier, places in concurrency.items()},
        first_counted_at=None,
    )
