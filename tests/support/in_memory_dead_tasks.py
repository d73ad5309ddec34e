"""Dead tasks in memory: decisions on those of a ledger in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import ALONE_AFTER_CRASHES
from domain.operations.dead_tasks import DeadTaskFilter, DeadTaskGroup, TaskNotDeadError
from domain.operations.ports import DeadTaskTransaction
from domain.operations.task import Task, TaskState
from domain.pages import Page, PageRequest
from domain.transactions import JsonScalar
from tests.support.in_memory_tasks import InMemoryTasks, Row
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryDeadTasks:
    """The domain's DeadTaskStore on the rows of a ledger."""

    def __init__(self, tasks: InMemoryTasks) -> None:
        self.tasks = tasks
        self.ledger = Ledger()
        self.batch_sizes: dict[UUID, int] = {}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[DeadTaskTransaction]:
        async with committing(InMemoryDeadTaskTransaction(self, context)) as transaction:
            yield transaction

    async def list_dead(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter, page: PageRequest
    ) -> Page[Task]:
        found = [
            task
            for task in reversed(self.dead(organization_id, wanted))
            if page.after is None or task.id < page.after
        ]
        items = tuple(found[: page.size])
        return Page(items, items[-1].id if len(found) > page.size else None)

    async def groups(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter
    ) -> Sequence[DeadTaskGroup]:
        dead = sorted(self.dead(organization_id, wanted), key=_cause)
        groups = [_group(cause, list(tasks)) for cause, tasks in groupby(dead, key=_cause)]
        return sorted(groups, key=lambda group: -group.task_count)

    def dead(self, organization_id: OrganizationId, wanted: DeadTaskFilter) -> Sequence[Task]:
        """Return dead tasks, the oldest first."""
        found = [
            row.task
            for row in self.tasks.rows.values()
            if row.task.organization_id == organization_id
            and row.task.state is TaskState.DEAD
            and _matches(row.task, wanted)
        ]
        return sorted(found, key=lambda task: task.id)


class InMemoryDeadTaskTransaction(InMemoryTransaction):
    """The domain's DeadTaskTransaction."""

    def __init__(self, store: InMemoryDeadTasks, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._organization_id = context.organization_id

    def audit(self, action: str, subject_id: UUID, **details: JsonScalar) -> None:
        super().audit(action, subject_id, **details)
        if isinstance(size := details.get("size"), int):
            self.on_commit(lambda: self._store.batch_sizes.__setitem__(subject_id, size))

    async def pick(self, task_ids: Sequence[TaskId]) -> Sequence[TaskId]:
        for task_id in task_ids:
            row = self._store.tasks.rows.get((self._organization_id, task_id))
            if row is None:
                raise NotFoundError("task", task_id)
            if row.task.state is not TaskState.DEAD:
                raise TaskNotDeadError(task_id, row.task.state)
        return task_ids

    async def pick_matching(self, wanted: DeadTaskFilter, limit: int) -> Sequence[TaskId]:
        return [task.id for task in self._store.dead(self._organization_id, wanted)[:limit]]

    async def retry(self, task_ids: Sequence[TaskId], *, per_second: int) -> None:
        step, now = timedelta(seconds=1 / per_second), self._store.tasks.now
        waiting = [
            row.task.run_at + step
            for row in self._store.tasks.rows.values()
            if row.task.organization_id == self._organization_id
            and row.task.state is TaskState.READY
            and row.task.run_at > now
        ]
        starts_at = max([now, *waiting])
        for place, task_id in enumerate(task_ids):
            row = self._row(task_id)
            crashes = min(row.crashes, ALONE_AFTER_CRASHES)
            row = replace(row, crashes=crashes, forgiven=row.task.attempt - crashes)
            run_at = starts_at + place * step
            task = replace(
                row.task,
                state=TaskState.READY,
                run_at=run_at,
                deadline=run_at + row.time_to_deadline if row.time_to_deadline else None,
                finished_at=None,
                error_fingerprint=None,
            )
            self._store_row(replace(row, task=task))

    async def discard(self, task_ids: Sequence[TaskId]) -> None:
        for task_id in task_ids:
            row, now = self._row(task_id), self._store.tasks.now
            task = replace(row.task, state=TaskState.DISCARDED, finished_at=now)
            self._store_row(replace(row, task=task))

    async def batch_size(self, batch_id: UUID) -> int:
        return self._store.batch_sizes[batch_id]

    def _row(self, task_id: TaskId) -> Row:
        return self._store.tasks.rows[self._organization_id, task_id]

    def _store_row(self, row: Row) -> None:
        self.on_commit(lambda: self._store.tasks.put(row))


def _matches(task: Task, wanted: DeadTaskFilter) -> bool:
    died_at = task.finished_at
    return (
        wanted.type in {None, task.type}
        and wanted.error_fingerprint in {None, task.error_fingerprint}
        and (wanted.since is None or (died_at is not None and died_at >= wanted.since))
        and (wanted.until is None or (died_at is not None and died_at < wanted.until))
    )


def _cause(task: Task) -> tuple[str, str]:
    return task.type, task.error_fingerprint or ""


def _group(cause: tuple[str, str], tasks: list[Task]) -> DeadTaskGroup:
    deaths = sorted(
        ((task.finished_at, task.id, task) for task in tasks if task.finished_at),
        key=lambda death: death[:2],
    )
    return DeadTaskGroup(
        type=cause[0],
        error_fingerprint=cause[1],
        task_count=len(tasks),
        first_died_at=deaths[0][0],
        last_died_at=deaths[-1][0],
        newest=deaths[-1][2],
    )
