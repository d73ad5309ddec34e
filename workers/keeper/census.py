"""Counts what is in the queues and shows it, and since when the oldest task of each tier waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import time

from prometheus_client import Gauge

from domain.operations.queue_ports import QueueKeeping
from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task import TaskState
from domain.operations.task_type import Tier

_TASKS = Gauge("campotech_tasks", "Unfinished and dead tasks.", ["tier", "state"])
_OLDEST = Gauge(
    "campotech_task_oldest_ready_seconds", "Since when the oldest ready task waits.", ["tier"]
)


@dataclass(frozen=True, slots=True)
class Census:
    keeping: QueueKeeping

    async def work(self) -> bool:
        backlogs = await self.keeping.take_stock()
        for tier in Tier:
            _show(tier, backlogs)
        return False


def _show(tier: Tier, backlogs: Mapping[QueueKey, Backlog]) -> None:
    backlog = sum((each for key, each in backlogs.items() if key.tier is tier), Backlog())
    for state, tasks in {
        TaskState.READY: backlog.ready,
        TaskState.SCHEDULED: backlog.scheduled,
        TaskState.RUNNING: backlog.running,
        TaskState.PARKED: backlog.parked,
        TaskState.DEAD: backlog.dead,
    }.items():
        _TASKS.labels(tier, state).set(tasks)
    oldest = backlog.oldest_ready_at
    _OLDEST.labels(tier).set(max(0.0, time() - oldest.timestamp()) if oldest else 0.0)
