"""The tasks this process holds: their leases are renewed while they run, the lost ones stopped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from domain.errors import TemporaryError
from domain.identifiers import TaskId
from domain.operations.claim import ClaimedTask
from domain.operations.ports import TaskLedger

_log = structlog.get_logger(__name__)


class HeldTask:
    """One claim and the attempt that runs on it."""

    def __init__(self, task: ClaimedTask, attempt: "asyncio.Task[None]") -> None:
        self.task = task
        self.attempt = attempt
        self.is_lost = False
        self.is_called_off = False
        self.is_out_of_time = False

    def lose(self) -> None:
        """Stop the attempt: the task is somebody else's now."""
        self.is_lost = True
        self.attempt.cancel()

    def call_off(self) -> None:
        """Stop the attempt: the task will be given back."""
        self.is_called_off = True
        self.attempt.cancel()

    def time_out(self) -> None:
        """Stop the attempt: it took too long."""
        self.is_out_of_time = True
        self.attempt.cancel()


class Leases:
    """Renews what is held, all of it in one statement."""

    def __init__(self, ledger: TaskLedger, *, renewal_seconds: float) -> None:
        self._ledger = ledger
        self._renewal_seconds = renewal_seconds
        self._held: dict[TaskId, HeldTask] = {}

    @contextmanager
    def hold(self, task: ClaimedTask, attempt: "asyncio.Task[None]") -> Iterator[HeldTask]:
        """Keep the lease alive inside the block."""
        held = HeldTask(task, attempt)
        self._held[task.id] = held
        try:
            yield held
        finally:
            if self._held.get(task.id) is held:
                del self._held[task.id]

    def call_off_all(self) -> int:
        """Stop every attempt that has not ended; return how many."""
        running = [held for held in self._held.values() if not held.attempt.done()]
        for held in running:
            held.call_off()
        return len(running)

    async def keep_renewing(self) -> None:
        """Renew for ever, however long the ledger is out of reach."""
        while True:
            await asyncio.sleep(self._renewal_seconds)
            try:
                await self.renew()
            except TemporaryError as error:
                _log.warning("leases_not_renewed", held=len(self._held), error=error.reason)

    async def renew(self) -> None:
        """Renew once, and stop the attempts whose task is lost; raise TemporaryError."""
        held = list(self._held.values())
        if not held:
            return
        lost = await self._ledger.renew([item.task for item in held])
        for item in held:
            if item.task.id in lost and self._held.get(item.task.id) is item:
                item.lose()
