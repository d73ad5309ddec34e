"""Gives up tasks that are no longer worth starting: their deadline has passed."""

from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.operations.ports import TaskKeeping

MOST_AT_ONCE = 500
_EXPIRED = Counter(
    "campotech_tasks_expired", "Tasks that died because they did not start in time.", ["type"]
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Expiry:
    keeping: TaskKeeping

    async def work(self) -> bool:
        """Give up what has expired; return whether there may be more."""
        expired = await self.keeping.expire(MOST_AT_ONCE)
        for task in expired:
            _EXPIRED.labels(task.type).inc()
            _log.error("task_dead_of_its_deadline", task_id=str(task.task_id), type=task.type)
        return len(expired) == MOST_AT_ONCE
