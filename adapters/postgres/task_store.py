"""The task ledger as its organisations read it: what is at work and what is history, in one."""

from datetime import UTC, datetime
from typing import Any

from psycopg.rows import TupleRow

from adapters.postgres.listing import list_newest_first
from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_row
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, TaskId
from domain.operations.ports import TaskFilter
from domain.operations.task import AttemptOutcome, Task, TaskAttempt, TaskState
from domain.operations.task_type import Tier
from domain.pages import Page, PageRequest

COLUMNS = """organization_id, id, type, tier, state, priority, run_at, idempotency_key, payload,
  attempt, max_attempts, attempts, parked_reason, started_at, created_at, updated_at, finished_at,
  error_fingerprint, deadline"""

# A finished task moves from one to the other in one statement: it is never seen in both, or none.
GET = f"""
SELECT {COLUMNS} FROM tasks
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
UNION ALL
SELECT {COLUMNS} FROM task_history
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
  AND created_at = uuid_extract_timestamp(%(id)s::uuid)
"""

_SELECT = f"""
SELECT {COLUMNS} FROM (
  SELECT {COLUMNS} FROM tasks UNION ALL SELECT {COLUMNS} FROM task_history) AS task
"""


class PostgresTaskStore:
    """The domain's TaskStore; the pool is one of the app role."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, organization_id: OrganizationId, task_id: TaskId) -> Task:
        row = await read_row(self._pool, organization_id, GET, {"id": task_id})
        if row is None:
            raise NotFoundError("task", task_id)
        return task_from_row(row)

    async def list(
        self, organization_id: OrganizationId, wanted: TaskFilter, page: PageRequest
    ) -> Page[Task]:
        conditions = ""
        if wanted.states:
            conditions += " AND state = ANY(%(states)s)"
        if wanted.type is not None:
            conditions += " AND type = %(type)s"
        rows, next_after = await list_newest_first(
            self._pool,
            organization_id,
            select=_SELECT,
            conditions=conditions,
            parameters={"states": [state.value for state in wanted.states], "type": wanted.type},
            page=page,
            since=None,
            until=None,
        )
        return Page(tuple(task_from_row(row) for row in rows), next_after)


def task_from_row(row: TupleRow) -> Task:
    return Task(
        organization_id=OrganizationId(row[0]),
        id=TaskId(row[1]),
        type=row[2],
        tier=Tier(row[3]),
        state=TaskState(row[4]),
        priority=row[5],
        run_at=row[6],
        idempotency_key=row[7],
        payload=row[8],
        attempt=row[9],
        max_attempts=row[10],
        attempts=_attempts(row),
        parked_reason=row[12],
        created_at=row[14],
        updated_at=row[15],
        finished_at=row[16],
        error_fingerprint=row[17],
        deadline=row[18],
    )


def _attempts(row: TupleRow) -> tuple[TaskAttempt, ...]:
    """Return the attempts that ended and, after them, the one that runs."""
    ended = tuple(_to_attempt(record) for record in row[11])
    if row[4] != TaskState.RUNNING:
        return ended
    return (*ended, TaskAttempt(attempt=row[9], started_at=row[13]))


def _to_attempt(record: dict[str, Any]) -> TaskAttempt:  # what the column holds is JSON
    return TaskAttempt(
        attempt=record["attempt"],
        started_at=_moment(record["started_at"]),
        ended_at=_moment(record["ended_at"]),
        outcome=AttemptOutcome(record["outcome"]),
        error=record["error"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
