"""Paused queues in memory, for the ledger beside them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.commands import CommandContext
from domain.operations.pause_ports import QueuePauseTransaction
from domain.operations.queue_pause import QueuePause
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryQueuePauses:
    """The domain's QueuePauses."""

    def __init__(self, tasks: InMemoryTasks) -> None:
        self.tasks = tasks
        self.ledger = Ledger()
        self.pauses: dict[str, QueuePause] = {}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[QueuePauseTransaction]:
        async with committing(InMemoryQueuePauseTransaction(self, context)) as transaction:
            yield transaction
        self.tasks.paused = set(self.pauses)

    async def all(self) -> Sequence[QueuePause]:
        return [self.pauses[queue] for queue in sorted(self.pauses)]


class InMemoryQueuePauseTransaction(InMemoryTransaction):
    """The domain's QueuePauseTransaction; it sees its own change before the others do."""

    def __init__(self, store: InMemoryQueuePauses, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._actor = context.actor.subject
        self._pauses = dict(store.pauses)
        self.on_commit(lambda: setattr(store, "pauses", self._pauses))

    async def pause_of(self, queue: str) -> QueuePause | None:
        return self._pauses.get(queue)

    async def pause(self, queue: str, reason: str) -> bool:
        if queue in self._pauses:
            return False
        self._pauses[queue] = QueuePause(
            queue=queue, reason=reason, actor=self._actor, paused_at=self._store.tasks.now
        )
        return True

    async def resume(self, queue: str) -> bool:
        return self._pauses.pop(queue, None) is not None
