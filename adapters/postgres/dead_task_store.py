"""Dead tasks in Postgres: found by type, error and time of death, and decided on in groups."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from adapters.postgres.reads import read_rows
from adapters.postgres.task_store import COLUMNS, task_from_row
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, TaskId, birth_time, has_birth_time
from domain.operations.claim import ALONE_AFTER_CRASHES
from domain.operations.dead_tasks import (
    MOST_GROUPS,
    DeadTaskFilter,
    DeadTaskGroup,
    TaskNotDeadError,
)
from domain.operations.ports import DeadTaskTransaction
from domain.operations.task import Task, TaskState
from domain.pages import Page, PageRequest

_DEAD = "organization_id = %(organization_id)s::uuid AND state = 'dead'"

_PICK = """
SELECT id, state FROM tasks
WHERE organization_id = %(organization_id)s::uuid AND id = ANY(%(ids)s::uuid[])
ORDER BY id FOR NO KEY UPDATE
"""

_FINISHED = """
SELECT id, state FROM task_history
WHERE organization_id = %(organization_id)s::uuid AND id = ANY(%(ids)s::uuid[])
  AND created_at BETWEEN %(first)s AND %(last)s
"""

# A turn each, behind those that an earlier retry has made wait for theirs; the deadline is as far
# from it as it was at first.
_RETRY = """
UPDATE tasks AS task SET state = 'ready', updated_at = clock_timestamp(), finished_at = NULL,
  pushed_at = NULL, error_fingerprint = NULL,
  crashes = LEAST(task.crashes, %(alone_after)s),
  forgiven = task.attempt - LEAST(task.crashes, %(alone_after)s),
  run_at = line.starts_at + (turn.place - 1) * %(seconds)s * interval '1 second',
  deadline = line.starts_at + (turn.place - 1) * %(seconds)s * interval '1 second'
    + task.time_to_deadline
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS turn (id, place), (
  SELECT GREATEST(now(), max(run_at) + %(seconds)s * interval '1 second') AS starts_at FROM tasks
  WHERE organization_id = %(organization_id)s::uuid AND state = 'ready' AND pushed_at IS NULL
    AND run_at > now()
) AS line
WHERE task.organization_id = %(organization_id)s::uuid AND task.id = turn.id
"""

_DISCARD = """
UPDATE tasks SET state = 'discarded', updated_at = clock_timestamp(),
  finished_at = clock_timestamp()
WHERE organization_id = %(organization_id)s::uuid AND id = ANY(%(ids)s::uuid[])
"""

_BATCH_SIZE = """
SELECT (details ->> 'size')::integer FROM audit_logs
WHERE organization_id = %(organization_id)s::uuid AND subject_id = %(batch_id)s::uuid
  AND created_at >= uuid_extract_timestamp(%(batch_id)s::uuid)
"""

_GROUPS = """
WITH grouped AS (
  SELECT count(*) AS size, min(finished_at) AS first_died_at, max(finished_at) AS last_died_at,
    (array_agg(id ORDER BY finished_at DESC, id DESC))[1] AS newest_id
  FROM tasks WHERE {dead} GROUP BY type, error_fingerprint
)
SELECT {columns}, size, first_died_at, last_died_at
FROM grouped JOIN tasks ON id = newest_id
WHERE organization_id = %(organization_id)s::uuid
ORDER BY size DESC, type, error_fingerprint LIMIT %(limit)s
"""


class PostgresDeadTaskTransaction(PostgresTransaction):
    """The domain's DeadTaskTransaction."""

    async def pick(self, task_ids: Sequence[TaskId]) -> Sequence[TaskId]:
        states = await self._states(_PICK, {"ids": list(task_ids)})
        for task_id in task_ids:
            if not has_birth_time(task_id):
                raise NotFoundError("task", task_id)
        if missing := [task_id for task_id in task_ids if task_id not in states]:
            births = [birth_time(task_id) for task_id in missing]
            bound = {"ids": missing, "first": min(births), "last": max(births)}
            states |= await self._states(_FINISHED, bound)
        for task_id in task_ids:
            if task_id not in states:
                raise NotFoundError("task", task_id)
            if states[task_id] is not TaskState.DEAD:
                raise TaskNotDeadError(task_id, states[task_id])
        return task_ids

    async def pick_matching(self, wanted: DeadTaskFilter, limit: int) -> Sequence[TaskId]:
        conditions, bound = _conditions(wanted)
        cursor = await self._connection.execute(
            f"SELECT id FROM tasks WHERE {_DEAD}{conditions} ORDER BY id LIMIT %(limit)s"
            " FOR NO KEY UPDATE SKIP LOCKED".encode(),
            {**bound, "organization_id": self.organization_id, "limit": limit},
        )
        return [TaskId(row[0]) for row in await cursor.fetchall()]

    async def retry(self, task_ids: Sequence[TaskId], *, per_second: int) -> None:
        await self._connection.execute(
            _RETRY,
            {
                "organization_id": self.organization_id,
                "ids": list(task_ids),
                "alone_after": ALONE_AFTER_CRASHES,
                "seconds": 1 / per_second,
            },
        )

    async def discard(self, task_ids: Sequence[TaskId]) -> None:
        bound = {"organization_id": self.organization_id, "ids": list(task_ids)}
        await self._connection.execute(_DISCARD, bound)

    async def batch_size(self, batch_id: UUID) -> int:
        cursor = await self._connection.execute(
            _BATCH_SIZE, {"organization_id": self.organization_id, "batch_id": batch_id}
        )
        row = await cursor.fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    async def _states(self, query: str, bound: dict[str, object]) -> dict[TaskId, TaskState]:
        cursor = await self._connection.execute(
            query.encode(), {**bound, "organization_id": self.organization_id}
        )
        return {TaskId(row[0]): TaskState(row[1]) for row in await cursor.fetchall()}


class PostgresDeadTaskStore:
    """The domain's DeadTaskStore; the dead stay among the tasks and never become history."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[DeadTaskTransaction]:
        async with self._opener.open(context, PostgresDeadTaskTransaction) as transaction:
            yield transaction

    async def list_dead(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter, page: PageRequest
    ) -> Page[Task]:
        conditions, bound = _conditions(wanted)
        if page.after is not None:
            conditions += " AND id < %(after)s::uuid"
        rows = await read_rows(
            self._pool,
            organization_id,
            f"SELECT {COLUMNS} FROM tasks WHERE {_DEAD}{conditions}"
            " ORDER BY id DESC LIMIT %(limit)s",
            {**bound, "after": page.after, "limit": page.size + 1},
        )
        items = tuple(task_from_row(row) for row in rows[: page.size])
        return Page(items, items[-1].id if len(rows) > page.size else None)

    async def groups(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter
    ) -> Sequence[DeadTaskGroup]:
        conditions, bound = _conditions(wanted)
        query = _GROUPS.format(dead=_DEAD + conditions, columns=COLUMNS)
        rows = await read_rows(self._pool, organization_id, query, {**bound, "limit": MOST_GROUPS})
        return [
            DeadTaskGroup(
                type=newest.type,
                error_fingerprint=newest.error_fingerprint or "",
                task_count=row[-3],
                first_died_at=row[-2],
                last_died_at=row[-1],
                newest=newest,
            )
            for row in rows
            for newest in (task_from_row(row),)
        ]


def _conditions(wanted: DeadTaskFilter) -> tuple[str, dict[str, object]]:
    bound: dict[str, object] = {
        "type": wanted.type,
        "error_fingerprint": wanted.error_fingerprint,
        "since": wanted.since,
        "until": wanted.until,
    }
    conditions = {
        "type": "type = %(type)s",
        "error_fingerprint": "error_fingerprint = %(error_fingerprint)s",
        "since": "finished_at >= %(since)s",
        "until": "finished_at < %(until)s",
    }
    said = [text for name, text in conditions.items() if bound[name] is not None]
    return "".join(f" AND {condition}" for condition in said), bound
