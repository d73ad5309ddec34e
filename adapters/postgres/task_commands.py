"""Commands on single tasks in Postgres, each under the lock of the task's row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.task_store import COLUMNS, GET, task_from_row
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import TaskId
from domain.operations.ports import TaskTransaction
from domain.operations.task import Task

_LOCK = f"""
SELECT {COLUMNS} FROM tasks
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid FOR NO KEY UPDATE
"""

_CANCEL = """
UPDATE tasks SET state = 'cancelled', updated_at = clock_timestamp(),
  finished_at = clock_timestamp(), pushed_at = NULL, parked_reason = NULL
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
"""


class PostgresTaskTransaction(PostgresTransaction):
    """The domain's TaskTransaction."""

    async def task(self, task_id: TaskId) -> Task:
        # One that is finished may have become history, which nobody locks and nobody changes.
        for query in (_LOCK, GET):
            cursor = await self._connection.execute(query.encode(), self._bound(task_id))
            if row := await cursor.fetchone():
                return task_from_row(row)
        raise NotFoundError("task", task_id)

    async def cancel(self, task_id: TaskId) -> None:
        await self._connection.execute(_CANCEL, self._bound(task_id))

    def _bound(self, task_id: TaskId) -> dict[str, object]:
        return {"organization_id": self.organization_id, "id": task_id}


class PostgresTaskCommands:
    """The domain's TaskCommands."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[TaskTransaction]:
        async with self._opener.open(context, PostgresTaskTransaction) as transaction:
            yield transaction
