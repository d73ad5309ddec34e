"""What operators of the queues and of the tables are told, and how often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.alerts import Alert, Severity
from domain.operations.partitions import PartitionRunway
from domain.operations.queue_advice import QueueStatus
from domain.operations.task_type import Tier
from domain.operations.use_cases.get_queue_metrics import QueueMetrics

DEAD_TASKS = "dead-tasks"
DEAD_CAUSE = "dead-cause"
QUEUE_CRITICAL = "queue-critical"
PARTITION_RUNWAY = "partition-runway"

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ONCE = timedelta(days=36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadCause:
    """Tasks of one type that died of one error, over all organisations."""

    type: str
    error_fingerprint: str
    tasks: int
    reason: str
    """What kind of error it is; its text may name people and stays where it is."""


def about_dead_tasks(count: int, *, limit: int) -> Sequence[Alert]:
    """Tell that more tasks are dead than should be, every six hours."""
    if count <= limit:
        return []
    return [
        Alert(
            key=f"{DEAD_TASKS}:all",
            severity=Severity.WARNING,
            text=f"{count} tasks are dead; {limit} is the limit. See what they died of, and retry"
            " or discard them.",
            once_per=6 * _HOUR,
        )
    ]


def about_dead_causes(causes: Iterable[DeadCause]) -> Sequence[Alert]:
    """Tell of each cause of death once."""
    return [
        Alert(
            key=f"{DEAD_CAUSE}:{cause.error_fingerprint}",
            severity=Severity.WARNING,
            text=f"Tasks {cause.type} die of something new, {cause.tasks} so far: {cause.reason},"
            f" fingerprint {cause.error_fingerprint}.",
            once_per=_ONCE,
        )
        for cause in causes
    ]


def about_queues(tiers: Mapping[Tier, QueueMetrics]) -> Sequence[Alert]:
    """Tell of tiers whose workers are overloaded, or gone, every hour."""
    return [
        Alert(
            key=f"{QUEUE_CRITICAL}:{tier}",
            severity=Severity.URGENT,
            text=_queue_text(tier, metrics),
            once_per=_HOUR,
        )
        for tier, metrics in tiers.items()
        if metrics.status is QueueStatus.CRITICAL
    ]


def _queue_text(tier: Tier, metrics: QueueMetrics) -> str:
    demand, advised = metrics.advice.demand, metrics.advice.recommended_concurrency
    if demand.concurrency == 0:
        return f"No worker of the tier {tier} lives, and {metrics.backlog.ready} tasks wait."
    advice = f"; {advised} are recommended" if advised is not None else ""
    return (
        f"Workers of the tier {tier} were {demand.utilization:.0%} busy in the last hour with"
        f" {demand.concurrency} tasks at a time{advice}. {metrics.backlog.ready} tasks wait."
    )


def about_runways(runways: Iterable[PartitionRunway]) -> Sequence[Alert]:
    """Tell of tables whose partitions do not reach far enough ahead, every day."""
    return [
        Alert(
            key=f"{PARTITION_RUNWAY}:{runway.table}",
            severity=Severity.URGENT,
            text=f"Partitions of {runway.table} reach {runway.days:.1f} days ahead and should reach"
            f" {runway.premade_days:.0f}: after that nothing can be written.",
            once_per=_DAY,
        )
        for runway in runways
        if runway.is_short
    ]
