"""Commands on the tasks of a ledger in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from domain.commands import CommandContext
from domain.identifiers import TaskId
from domain.operations.ports import TaskTransaction
from domain.operations.task import Task, TaskState
from tests.support.in_memory_tasks import InMemoryTasks, Row
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryTaskCommands:
    """The domain's TaskCommands on the rows of a ledger."""

    def __init__(self, tasks: InMemoryTasks) -> None:
        self.tasks = tasks
        self.ledger = Ledger()

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[TaskTransaction]:
        async with committing(InMemoryTaskTransaction(self, context)) as transaction:
            yield transaction


class InMemoryTaskTransaction(InMemoryTransaction):
    """The domain's TaskTransaction; it sees its own change before the others do."""

    def __init__(self, store: InMemoryTaskCommands, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._tasks = store.tasks
        self._organization_id = context.organization_id
        self._changed: Row | None = None

    async def task(self, task_id: TaskId) -> Task:
        if self._changed is not None:
            return self._changed.task
        return await self._tasks.get(self._organization_id, task_id)

    async def cancel(self, task_id: TaskId) -> None:
        row = self._tasks.rows[self._organization_id, task_id].moved(TaskState.CANCELLED)
        task = replace(row.task, finished_at=self._tasks.now, parked_reason=None)
        changed = self._changed = replace(row, task=task)
        self.on_commit(lambda: self._tasks.put(changed))
