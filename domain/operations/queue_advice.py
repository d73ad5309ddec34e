"""What the last hour says about a queue: how busy its workers are, and how many there should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.operations.queue_statistics import Backlog, QueueStatistics
from domain.operations.queueing import (
    concurrency_by_little,
    concurrency_for_promise,
    drain_seconds,
    mean_wait_seconds,
)
from domain.operations.task_type import Tier

PROMISE_SECONDS: Mapping[Tier, float] = {
    Tier.REALTIME: 5.0,
    Tier.BACKGROUND: 60.0,
    Tier.BATCH: 900.0,
}
"""How soon a task of each tier starts."""
ENOUGH_TASKS = 100
"""How many tasks must have finished before their mean is worth advice."""
BUSY_UTILIZATION = 0.7
OVERLOADED_UTILIZATION = 0.9


class QueueStatus(StrEnum):
    """Whether somebody should look at a queue."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How much work comes, and how much of it can be done at a time."""

    arrival_rate: float
    """Tasks a second."""
    service_seconds: float
    """How much time of a worker a task takes, all its attempts together."""
    concurrency: int

    @property
    def load(self) -> float:
        """Return how many tasks are at work on average, as long as workers keep up."""
        return self.arrival_rate * self.service_seconds

    @property
    def utilization(self) -> float:
        """Return the load per place at a worker; where there is no worker, as if there were one."""
        return self.load / max(self.concurrency, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAdvice:
    """What is, and what should be. Where too few tasks finished, advice is None."""

    demand: Demand
    expected_wait_seconds: float
    """The mean wait that theory predicts; infinite where the queue grows without end."""
    by_little: int | None
    """The concurrency at which workers are busy 70 % of the time."""
    by_promise: int | None
    """The least concurrency at which 95 % of the tasks start as soon as their tier promises."""
    drain_seconds: float | None
    """When what waits now has been worked off; None: never, at this rate."""

    @property
    def recommended_concurrency(self) -> int | None:
        if self.by_little is None or self.by_promise is None:
            return None
        return max(self.by_little, self.by_promise)


def demand_of(hour: QueueStatistics, *, seconds: float, concurrency: int) -> Demand:
    """Return the demand of the stretch of time in which so much was counted."""
    return Demand(
        arrival_rate=hour.dispatched / seconds,
        service_seconds=hour.service_seconds,
        concurrency=concurrency,
    )


def advise(
    hour: QueueStatistics,
    demand: Demand,
    *,
    promise_seconds: float,
    backlog: Backlog,
    others_load: float = 0.0,
) -> QueueAdvice:
    """Return the advice for a queue whose workers have this load of other queues besides."""
    has_enough = hour.finished >= ENOUGH_TASKS
    return QueueAdvice(
        demand=demand,
        expected_wait_seconds=mean_wait_seconds(
            demand.load + others_load, demand.concurrency, service_seconds=demand.service_seconds
        ),
        by_little=concurrency_by_little(demand.load) if has_enough else None,
        by_promise=concurrency_for_promise(
            demand.load, service_seconds=demand.service_seconds, promise_seconds=promise_seconds
        )
        if has_enough
        else None,
        drain_seconds=drain_seconds(
            backlog.ready * demand.service_seconds, demand.load + others_load, demand.concurrency
        ),
    )


def status_of(
    hour: QueueStatistics,
    *,
    utilization: float,
    concurrency: int,
    promise_seconds: float,
    backlog: Backlog,
) -> QueueStatus:
    """Judge a queue by how busy its workers are, and by whether its tasks start in time."""
    is_abandoned = concurrency == 0 and backlog.ready > 0
    if is_abandoned or utilization > OVERLOADED_UTILIZATION:
        return QueueStatus.CRITICAL
    if utilization > BUSY_UTILIZATION or hour.waits.quantile_seconds(0.95) > promise_seconds:
        return QueueStatus.WARNING
    return QueueStatus.HEALTHY
