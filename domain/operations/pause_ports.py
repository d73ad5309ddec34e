"""What pausing queues needs from outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.commands import CommandContext
from domain.operations.queue_pause import QueuePause
from domain.transactions import CommandTransaction


class QueuePauseTransaction(CommandTransaction, Protocol):
    """One command on the queues of the platform."""

    async def pause_of(self, queue: str) -> QueuePause | None:
        """Return how the queue is paused, None if it is not."""
        ...

    async def pause(self, queue: str, reason: str) -> bool:
        """Pause the queue in the name of the command's actor; return False if it was paused."""
        ...

    async def resume(self, queue: str) -> bool:
        """Let the queue go on; return False if it was not paused."""
        ...


class QueuePauses(Protocol):
    """Which queues are paused, for all organisations alike."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[QueuePauseTransaction]:
        """Open a transaction of the platform's own organisation."""
        ...

    async def all(self) -> Sequence[QueuePause]:
        """Return what is paused, by queue."""
        ...
