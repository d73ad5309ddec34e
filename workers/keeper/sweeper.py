"""Brings back to the broker what it has lost: all of it after a wipe, single tasks by age."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.operations.ports import TaskKeeping, TaskQueues
from domain.operations.task_type import Tier
from workers.keeper.relay import push

LOST_AFTER_SECONDS: Mapping[Tier, float] = {
    Tier.REALTIME: 3.0,
    Tier.BACKGROUND: 8.0,
    Tier.BATCH: 8.0,
}
"""A task this long in a queue that has room was lost, or a busy worker fetched it too early. A
message too many does no harm."""

_WIPES = Counter("campotech_broker_wipes", "Times the broker was found to have lost everything.")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Compares what the ledger believes to be in the broker with what may be there."""

    keeping: TaskKeeping
    queues: TaskQueues
    windows: Mapping[Tier, int]

    async def work(self) -> bool:
        """Sweep once; what is forgotten after a wipe the relay brings."""
        if await self.queues.has_forgotten():
            forgotten = await self.keeping.forget_pushes()
            _WIPES.inc()
            # A broker that is started for the first time looks the same, and had nothing to lose.
            (_log.warning if forgotten else _log.info)("broker_is_empty", forgotten=forgotten)
            return False
        if withdrawn := await self.keeping.withdraw_paused():
            _log.info("paused_tasks_withdrawn", count=withdrawn)
        for tier in Tier:
            room = self.windows[tier] - await self.queues.length(tier)
            if room > 0:
                tasks = await self.keeping.take_forgotten(
                    tier, older_than_seconds=LOST_AFTER_SECONDS[tier], limit=room
                )
                await push(self.keeping, self.queues, tasks, why="swept")
        return False
