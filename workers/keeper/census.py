"""Shows how many tasks wait in each tier and state, and since when the oldest of them does."""

from dataclasses import dataclass

from prometheus_client import Gauge

from domain.operations.ports import Count, TaskKeeping
from domain.operations.task import TaskState
from domain.operations.task_type import Tier

_TASKS = Gauge("campotech_tasks", "Unfinished and dead tasks.", ["tier", "state"])
_OLDEST = Gauge(
    "campotech_task_oldest_ready_seconds", "Since when the oldest ready task waits.", ["tier"]
)
_SHOWN = (
    TaskState.READY,
    TaskState.SCHEDULED,
    TaskState.RUNNING,
    TaskState.PARKED,
    TaskState.DEAD,
)
_NONE = Count(tasks=0, oldest_age_seconds=0.0)


@dataclass(frozen=True, slots=True)
class Census:
    keeping: TaskKeeping

    async def work(self) -> bool:
        counts = await self.keeping.census()
        for tier in Tier:
            for state in _SHOWN:
                _TASKS.labels(tier, state).set(counts.get((tier, state), _NONE).tasks)
            _OLDEST.labels(tier).set(counts.get((tier, TaskState.READY), _NONE).oldest_age_seconds)
        return False
