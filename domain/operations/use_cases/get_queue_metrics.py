"""Tell how the queues do, by type and by tier, and how many workers there should be."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.operations.metric_windows import Window, begun_later, last, spans_of, window_of
from domain.operations.queue_advice import (
    PROMISE_SECONDS,
    Demand,
    QueueAdvice,
    QueueStatus,
    advise,
    demand_of,
    status_of,
)
from domain.operations.queue_ports import Present, QueueStatisticsStore
from domain.operations.queue_statistics import Backlog, QueueKey, QueueStatistics, sum_of
from domain.operations.task_type import TaskTypes, Tier

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMetrics:
    """What there is to know of one type of task, or of one tier."""

    tiers: frozenset[Tier]
    last_day: QueueStatistics
    window: QueueStatistics
    backlog: Backlog
    advice: QueueAdvice
    status: QueueStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """How all queues do."""

    made_at: datetime
    window: Window
    taken_at: datetime | None
    """When the backlogs were counted."""
    types: Mapping[str, QueueMetrics]
    tiers: Mapping[Tier, QueueMetrics]


async def get_queue_metrics(
    store: QueueStatisticsStore,
    types: TaskTypes,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QueueReport:
    """Return the report over a window; advice and status are always those of the last hour.

    Raises WindowRefusedError.
    """
    asked = window_of(since, until, now=now)
    present = await store.present()
    first = present.first_counted_at
    window, hour = begun_later(asked, first), begun_later(last(_HOUR, now=now), first)
    day, wanted = spans_of(last(_DAY, now=now)), spans_of(window)
    last_day = await store.statistics(day)
    tables = _Tables(
        last_day=last_day,
        window=last_day if wanted == day else await store.statistics(wanted),
        hour=await store.statistics(spans_of(hour)),
        hour_seconds=hour.seconds,
        present=present,
    )
    keys = tables.keys | {QueueKey(kind.name, kind.tier) for kind in types.values()}
    tiers = {tier: tables.of_tier(tier, keys) for tier in Tier}
    return QueueReport(
        made_at=now,
        window=window,
        taken_at=present.taken_at,
        types={
            name: tables.of_type(frozenset(key for key in keys if key.type == name), tiers)
            for name in sorted({key.type for key in keys})
        },
        tiers=tiers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    last_day: Mapping[QueueKey, QueueStatistics]
    window: Mapping[QueueKey, QueueStatistics]
    hour: Mapping[QueueKey, QueueStatistics]
    hour_seconds: float
    present: Present

    @property
    def keys(self) -> AbstractSet[QueueKey]:
        return frozenset({*self.last_day, *self.window, *self.hour, *self.present.backlogs})

    def of_tier(self, tier: Tier, keys: AbstractSet[QueueKey]) -> QueueMetrics:
        """Return the metrics of all that the workers of a tier do."""
        queues = frozenset(key for key in keys if key.tier is tier)
        return self._metrics(queues, frozenset({tier}), ())

    def of_type(
        self, queues: AbstractSet[QueueKey], tiers: Mapping[Tier, QueueMetrics]
    ) -> QueueMetrics:
        """Return the metrics of a type, judged by all else that its workers have to do too."""
        own = frozenset(key.tier for key in queues)
        return self._metrics(queues, own, [tiers[tier].advice.demand for tier in own])

    def _metrics(
        self, queues: AbstractSet[QueueKey], tiers: frozenset[Tier], shared: Sequence[Demand]
    ) -> QueueMetrics:
        hour = _sum(self.hour, queues)
        concurrency = sum(self.present.concurrency.get(tier, 0) for tier in tiers)
        demand = demand_of(hour, seconds=self.hour_seconds, concurrency=concurrency)
        promise_seconds = min(PROMISE_SECONDS[tier] for tier in tiers)
        backlog = sum((self.present.backlogs.get(key, Backlog()) for key in queues), Backlog())
        return QueueMetrics(
            tiers=tiers,
            last_day=_sum(self.last_day, queues),
            window=_sum(self.window, queues),
            backlog=backlog,
            advice=advise(
                hour,
                demand,
                promise_seconds=promise_seconds,
                backlog=backlog,
                others_load=max(0.0, sum(each.load for each in shared) - demand.load),
            ),
            status=status_of(
                hour,
                utilization=max(each.utilization for each in (demand, *shared)),
                concurrency=concurrency,
                promise_seconds=promise_seconds,
                backlog=backlog,
            ),
        )


def _sum(
    table: Mapping[QueueKey, QueueStatistics], queues: AbstractSet[QueueKey]
) -> QueueStatistics:
    return sum_of(table[key] for key in queues if key in table)
