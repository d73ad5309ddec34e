"""The task ledger as the keeper uses it: what is due, unpushed, forgotten or left by the dead."""

from collections.abc import Mapping, Sequence

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.queue_counts import COUNT_DIED, COUNT_REAPED
from adapters.postgres.task_dispatch import ATTEMPTS
from adapters.postgres.task_turns import TaskTurns
from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import ALONE_AFTER_CRASHES, CRASH_LIMIT
from domain.operations.error_fingerprint import DEADLINE_EXCEEDED, WORKER_LOST
from domain.operations.ports import Reaped, TaskToPush
from domain.operations.task import ReadyTask, TaskState
from domain.operations.task_type import Tier

_MAKE_DUE_READY = """
UPDATE tasks SET state = 'ready', pushed_at = NULL, parked_reason = NULL, updated_at = now()
WHERE (organization_id, id) IN (
  SELECT organization_id, id FROM tasks
  WHERE state IN ('scheduled', 'parked') AND run_at <= now()
  ORDER BY run_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
"""

_TAKE_FORGOTTEN = """
WITH forgotten AS (
  SELECT organization_id, id FROM tasks
  WHERE state = 'ready' AND tier = %(tier)s
    AND pushed_at < now() - %(older_than)s * interval '1 second'
    AND NOT EXISTS (SELECT FROM queue_pauses WHERE queue IN (tier, type))
  ORDER BY pushed_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), marked AS (
  UPDATE tasks AS task SET pushed_at = now() FROM forgotten
  WHERE task.organization_id = forgotten.organization_id AND task.id = forgotten.id
  RETURNING task.organization_id, task.id, task.type, task.tier, task.crashes, task.priority,
    task.run_at
)
SELECT organization_id, id, type, tier, crashes FROM marked ORDER BY priority DESC, run_at
"""

_RETURN_UNPUSHED = """
UPDATE tasks SET pushed_at = NULL
WHERE (organization_id, id) IN (
  SELECT * FROM unnest(%(organization_ids)s::uuid[], %(ids)s::uuid[])) AND state = 'ready'
"""

_WITHDRAW_PAUSED = """
UPDATE tasks SET pushed_at = NULL
WHERE (organization_id, id) IN (
  SELECT organization_id, id FROM tasks
  WHERE state = 'ready' AND pushed_at IS NOT NULL
    AND EXISTS (SELECT FROM queue_pauses WHERE queue IN (tier, type))
  LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
"""

_FORGET_PUSHES = """
UPDATE tasks SET pushed_at = NULL
WHERE (organization_id, id) IN (
  SELECT organization_id, id FROM tasks WHERE state = 'ready' AND pushed_at IS NOT NULL
  LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
"""

_REAP = f"""
WITH reaped AS (
UPDATE tasks AS task SET
  state = CASE WHEN task.crashes + 1 >= %(crash_limit)s THEN 'dead' ELSE 'ready' END,
  finished_at = CASE WHEN task.crashes + 1 >= %(crash_limit)s THEN now() END,
  pushed_at = CASE WHEN task.crashes + 1 >= %(crash_limit)s THEN NULL ELSE now() END,
  -- As domain.operations.error_fingerprint makes it.
  error_fingerprint = CASE WHEN task.crashes + 1 >= %(crash_limit)s THEN
    left(encode(sha256(convert_to(task.type || %(worker_lost_cause)s, 'UTF8')), 'hex'), 16) END,
  crashes = task.crashes + 1, lease_expires_at = NULL, updated_at = now(),
  attempts = {ATTEMPTS.format(outcome="'lease_lost'", error="%(worker_lost)s")}
FROM (
  SELECT organization_id, id FROM tasks
  WHERE state = 'running' AND lease_expires_at < now()
  LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
) AS expired
WHERE task.organization_id = expired.organization_id AND task.id = expired.id
RETURNING task.organization_id, task.id, task.type, task.tier, task.crashes, task.state
), counted AS ({COUNT_REAPED})
SELECT organization_id, id, type, tier, crashes, state FROM reaped
"""


# One that was never tried, or waits to be tried again: the record says that nothing was done.
EXPIRE = f"""
WITH died AS (
UPDATE tasks AS task SET state = 'dead', finished_at = now(), updated_at = now(),
  pushed_at = NULL, parked_reason = NULL,
  -- As domain.operations.error_fingerprint makes it.
  error_fingerprint = left(encode(sha256(convert_to(
    task.type || %(cause)s, 'UTF8')), 'hex'), 16),
  attempts = CASE WHEN jsonb_array_length(task.attempts) >= 32 THEN task.attempts - 0
    ELSE task.attempts END
    || jsonb_build_object('attempt', task.attempt, 'started_at', now(), 'ended_at', now(),
      'worker', NULL, 'outcome', 'dead', 'error', %(error)s::text)
FROM (
  SELECT organization_id, id FROM tasks
  WHERE state IN ('ready', 'scheduled', 'parked') AND deadline <= now()
  ORDER BY deadline LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
) AS expired
WHERE task.organization_id = expired.organization_id AND task.id = expired.id
RETURNING task.organization_id, task.id, task.type, task.tier, task.crashes
), counted AS ({COUNT_DIED})
SELECT organization_id, id, type, tier, crashes FROM died
"""


class PostgresTaskKeeping:
    """The domain's TaskKeeping, across tenants: the pool is one of the system role."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turns = TaskTurns()

    async def make_due_ready(self, limit: int) -> int:
        return await self._count(_MAKE_DUE_READY, {"limit": limit})

    async def take_unpushed(
        self, tier: Tier, limit: int, *, spared_seconds: float = 0.0
    ) -> Sequence[TaskToPush]:
        async with connection_from(self._pool) as connection:
            taken = await self._turns.take(connection, tier, limit, spared_seconds=spared_seconds)
        return [_to_push(row) for row in taken]

    async def take_forgotten(
        self, tier: Tier, *, older_than_seconds: float, limit: int
    ) -> Sequence[TaskToPush]:
        bound = {"tier": tier.value, "limit": limit, "older_than": older_than_seconds}
        return [_to_push(row) for row in await self._rows(_TAKE_FORGOTTEN, bound)]

    async def return_unpushed(self, tasks: Sequence[TaskToPush]) -> None:
        await self._count(
            _RETURN_UNPUSHED,
            {
                "organization_ids": [item.task.organization_id for item in tasks],
                "ids": [item.task.task_id for item in tasks],
            },
        )

    async def withdraw_paused(self) -> int:
        return await self._count(_WITHDRAW_PAUSED, {})

    async def forget_pushes(self) -> int:
        forgotten = 0
        while count := await self._count(_FORGET_PUSHES, {}):
            forgotten += count
        return forgotten

    async def reap(self, limit: int) -> Reaped:
        bound = {
            "limit": limit,
            "crash_limit": CRASH_LIMIT,
            "worker_lost": WORKER_LOST,
            "worker_lost_cause": f"\n{WORKER_LOST}:",
        }
        rows = await self._rows(_REAP, bound)
        return Reaped(
            to_push=[_to_push(row) for row in rows if row[5] == TaskState.READY],
            dead=[_to_push(row).task for row in rows if row[5] == TaskState.DEAD],
        )

    async def expire(self, limit: int) -> Sequence[ReadyTask]:
        bound = {"limit": limit, "error": DEADLINE_EXCEEDED, "cause": f"\n{DEADLINE_EXCEEDED}"}
        return [_to_push(row).task for row in await self._rows(EXPIRE, bound)]

    async def _rows(self, query: str, bound: Mapping[str, object]) -> list[TupleRow]:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(query.encode(), bound)
            return await cursor.fetchall()

    async def _count(self, query: str, bound: Mapping[str, object]) -> int:
        async with connection_from(self._pool) as connection:
            return (await connection.execute(query.encode(), bound)).rowcount


def _to_push(row: TupleRow) -> TaskToPush:
    organization_id, task_id, kind, tier, crashes = row[:5]
    return TaskToPush(
        task=ReadyTask(OrganizationId(organization_id), TaskId(task_id), kind, Tier(tier)),
        is_alone=crashes >= ALONE_AFTER_CRASHES,
    )
