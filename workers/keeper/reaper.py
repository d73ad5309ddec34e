"""Takes tasks from workers that died or lost touch, and has them run again at once."""

import time
from collections.abc import Callable

import structlog
from prometheus_client import Counter

from domain.errors import TemporaryError
from domain.operations.ports import TaskKeeping, TaskQueues
from workers.keeper.relay import push

MOST_AT_ONCE = 200
_REAPED = Counter("campotech_tasks_reaped", "Leases that ran out, by what followed.", ["then"])
_log = structlog.get_logger(__name__)


class Reaper:
    """Takes what was not renewed in time.

    While the ledger was out of reach nobody could renew: once it is back, workers get the time to
    do so before anything is taken from them.
    """

    def __init__(
        self,
        keeping: TaskKeeping,
        queues: TaskQueues,
        *,
        grace_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeping = keeping
        self._queues = queues
        self._grace_seconds = grace_seconds
        self._monotonic = monotonic
        self._reachable_since: float | None = None

    async def work(self) -> bool:
        """Reap once; return whether there is more."""
        try:
            reaped = await self._keeping.reap(MOST_AT_ONCE if self._may_reap() else 0)
        except TemporaryError:
            self._reachable_since = None
            raise
        if self._reachable_since is None:
            self._reachable_since = self._monotonic()
        for item in reaped.to_push:
            _log.warning("task_reaped", task_id=str(item.task.task_id), type=item.task.type)
        for task in reaped.dead:
            _log.error("task_dead_of_crashes", task_id=str(task.task_id), type=task.type)
        _REAPED.labels("ready").inc(len(reaped.to_push))
        _REAPED.labels("dead").inc(len(reaped.dead))
        await push(self._keeping, self._queues, reaped.to_push, why="reaped")
        return len(reaped.to_push) + len(reaped.dead) == MOST_AT_ONCE

    def _may_reap(self) -> bool:
        since = self._reachable_since
        return since is not None and self._monotonic() >= since + self._grace_seconds
