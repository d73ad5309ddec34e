"""Claims and settlements of all tasks in flight in this process, committed in groups.

One commit for many tasks is what makes the ledger cheap: a group gathers for a few milliseconds,
and while one is on its way the next one grows.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeVar

from domain.identifiers import TaskId
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.ports import TaskLedger
from domain.operations.settlement import Settlement, returned

GATHER_SECONDS = 0.003

Result = TypeVar("Result")
_Claims = dict[TaskId, tuple[Ticket, "asyncio.Future[ClaimedTask | None]"]]
_Settlements = list[tuple[Settlement, "asyncio.Future[None]"]]


class LedgerExchange:
    """The process's one way to the ledger for claims and settlements."""

    def __init__(self, ledger: TaskLedger, *, gather_seconds: float = GATHER_SECONDS) -> None:
        self._ledger = ledger
        self._gather_seconds = gather_seconds
        self._claims: _Claims = {}
        self._settlements: _Settlements = []
        self._sending: asyncio.Task[None] | None = None

    async def claim(self, ticket: Ticket) -> ClaimedTask | None:
        """Return the task if it is ours now, None if it is not to be had; raise TemporaryError."""
        if ticket.task_id in self._claims:
            return None
        future: asyncio.Future[ClaimedTask | None] = asyncio.get_running_loop().create_future()
        self._claims[ticket.task_id] = (ticket, future)
        self._send_soon()
        return await future

    async def settle(self, settlement: Settlement) -> None:
        """Give a task back; raise TemporaryError if the ledger could not be told."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settlements.append((settlement, future))
        self._send_soon()
        await future

    def _send_soon(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._claims or self._settlements:
            await asyncio.sleep(self._gather_seconds)
            claims, self._claims = self._claims, {}
            settlements, self._settlements = self._settlements, []
            try:
                claimed = await self._ledger.exchange(
                    [settlement for settlement, _ in settlements],
                    [ticket for ticket, _ in claims.values()],
                )
            except Exception as error:  # noqa: BLE001 -- it belongs to those who wait for the group
                _fail(claims, settlements, error)
            else:
                self._answer(claims, settlements, claimed)

    def _answer(
        self, claims: _Claims, settlements: _Settlements, claimed: Sequence[ClaimedTask]
    ) -> None:
        for _, settled in settlements:
            _resolve(settled, None)
        held: Mapping[TaskId, ClaimedTask] = {task.id: task for task in claimed}
        for task_id, (_, future) in claims.items():
            task = held.get(task_id)
            if not _resolve(future, task) and task is not None:
                # Nobody waits for it any more: it must not stay claimed until its lease ends.
                unwanted = asyncio.get_running_loop().create_future()
                self._settlements.append((returned(task), unwanted))


def _resolve(future: "asyncio.Future[Result]", result: Result) -> bool:
    if future.done():
        return False
    future.set_result(result)
    return True


def _fail(claims: _Claims, settlements: _Settlements, error: Exception) -> None:
    for _, claim in claims.values():
        if not claim.done():
            claim.set_exception(error)
    for _, settled in settlements:
        if not settled.done():
            settled.set_exception(error)
