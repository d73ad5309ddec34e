"""Brings tasks from the ledger to the broker: what became due, and what the fast path missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from domain.errors import TemporaryError
from domain.operations.ports import TaskKeeping, TaskQueues, TaskToPush
from domain.operations.task_type import Tier

MOST_DUE_AT_ONCE = 500
_PUSHED = Counter("campotech_tasks_pushed", "Tasks the keeper gave to the broker.", ["why"])


async def push(
    keeping: TaskKeeping, queues: TaskQueues, tasks: Sequence[TaskToPush], *, why: str
) -> None:
    """Give marked tasks to the broker; if it does not take them, take the marks away again."""
    if not tasks:
        return
    try:
        await queues.push(tasks)
    except TemporaryError:
        await keeping.return_unpushed(tasks)
        raise
    _PUSHED.labels(why).inc(len(tasks))


@dataclass(frozen=True, slots=True)
class Relay:
    """Keeps each tier's window in the broker full, the most urgent tasks first."""

    keeping: TaskKeeping
    queues: TaskQueues
    windows: Mapping[Tier, int]

    async def work(self) -> bool:
        """Move what there is room for; return whether a window was filled to the brim."""
        due = await self.keeping.make_due_ready(MOST_DUE_AT_ONCE)
        filled = [await self._fill(tier) for tier in Tier]
        return any(filled) or due == MOST_DUE_AT_ONCE

    async def _fill(self, tier: Tier) -> bool:
        room = self.windows[tier] - await self.queues.length(tier)
        if room <= 0:
            return False
        tasks = await self.keeping.take_unpushed(tier, room)
        await push(self.keeping, self.queues, tasks, why="relay")
        return len(tasks) == room
