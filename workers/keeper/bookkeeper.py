"""Adds up what was counted of the queues, and forgets it when it is old."""

from dataclasses import dataclass

from domain.operations.queue_ports import QueueKeeping

MOST_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    keeping: QueueKeeping

    async def fold(self) -> bool:
        return await self.keeping.fold(MOST_AT_ONCE) == MOST_AT_ONCE

    async def forget(self) -> bool:
        return await self.keeping.forget(MOST_AT_ONCE) == MOST_AT_ONCE
