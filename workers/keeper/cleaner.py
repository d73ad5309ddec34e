"""Keeps hot tables small and partitions ahead of the calendar."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from domain.operations.partitions import PartitionRunway

BATCH = 1000
_log = structlog.get_logger(__name__)


class Housekeeping(Protocol):
    """The database as the cleaner sees it; every method raises TemporaryError when it is away."""

    async def delete_old_requests(self, limit: int) -> int: ...
    async def delete_old_task_keys(self, limit: int) -> int: ...
    async def delete_old_webhooks(self, limit: int) -> int: ...
    async def delete_old_access_tickets(self, limit: int) -> int: ...
    async def move_finished_tasks(self, limit: int) -> int: ...
    async def make_partitions(self) -> list[str]: ...
    async def partition_runways(self) -> Sequence[PartitionRunway]: ...


class Cleaner:
    """Each kind of cleaning, a batch at a time, so that no statement holds many rows."""

    def __init__(self, housekeeping: Housekeeping) -> None:
        self._housekeeping = housekeeping

    async def move_finished_tasks(self) -> bool:
        return await self._batch(self._housekeeping.move_finished_tasks)

    async def forget_requests(self) -> bool:
        return await self._batch(self._housekeeping.delete_old_requests)

    async def forget_task_keys(self) -> bool:
        return await self._batch(self._housekeeping.delete_old_task_keys)

    async def forget_webhooks(self) -> bool:
        return await self._batch(self._housekeeping.delete_old_webhooks)

    async def forget_access_tickets(self) -> bool:
        return await self._batch(self._housekeeping.delete_old_access_tickets)

    async def make_partitions(self) -> bool:
        made = await self._housekeeping.make_partitions()
        if made:
            _log.info("partitions_made", names=made)
        return False

    async def _batch(self, clean: Callable[[int], Awaitable[int]]) -> bool:
        return await clean(BATCH) == BATCH
