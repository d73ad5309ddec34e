"""Brings tasks from the ledger to the broker: what became due, and what the fast path missed."""

from collections.abc import Mapping, Sequence

from prometheus_client import Counter

from domain.errors import TemporaryError
from domain.operations.ports import TaskKeeping, TaskQueues, TaskToPush
from domain.operations.task_type import Tier

MOST_DUE_AT_ONCE = 500
FAST_PATH_SECONDS = 0.5
"""A server hands a new task to the broker itself; only what it had no time for is the keeper's."""
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


class Relay:
    """Keeps each tier's window in the broker full, whose turn it is first.

    While a tier has more waiting than its window holds, new tasks are not left to the fast path:
    an organisation whose turn it is must not lose it for being too quick.
    """

    def __init__(
        self, keeping: TaskKeeping, queues: TaskQueues, windows: Mapping[Tier, int]
    ) -> None:
        self._keeping = keeping
        self._queues = queues
        self._windows = windows
        self._backlogged: set[Tier] = set()

    async def work(self) -> bool:
        """Move what there is room for; return whether a window was filled to the brim."""
        due = await self._keeping.make_due_ready(MOST_DUE_AT_ONCE)
        filled = [await self._fill(tier) for tier in Tier]
        return any(filled) or due == MOST_DUE_AT_ONCE

    async def _fill(self, tier: Tier) -> bool:
        room = self._windows[tier] - await self._queues.length(tier)
        if room <= 0:
            return False
        spared_seconds = 0.0 if tier in self._backlogged else FAST_PATH_SECONDS
        tasks = await self._keeping.take_unpushed(tier, room, spared_seconds=spared_seconds)
        is_full = len(tasks) == room
        (self._backlogged.add if is_full else self._backlogged.discard)(tier)
        await push(self._keeping, self._queues, tasks, why="relay")
        return is_full
