"""Writes to the task ledger that belong to a command's own transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.pools import Connection
from adapters.postgres.queue_counts import COUNT_DISPATCHED, COUNT_DUPLICATES, COUNT_ONE_DISPATCHED
from domain.commands import CommandContext
from domain.errors import InvalidInputError
from domain.identifiers import IdSource, TaskId
from domain.operations.dispatch import check_count, checked_payload
from domain.operations.task import LeaseLostError, ReadyTask
from domain.operations.task_type import TASK_TYPES, TaskType, TaskTypes, Tier, task_type
from domain.transactions import NewTask

CHUNK = 1000
"""How many tasks one statement writes: a bulk dispatch is a few of them in its transaction."""

# Many tasks of a command in one round trip. A key that is known, or comes twice, adds no task.
_INSERT = """
WITH wanted AS (
  SELECT *, COALESCE(deadline, GREATEST(run_at, now()) + worth_seconds * interval '1 second')
    AS ends_at
  FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(tiers)s::text[], %(keys)s::text[],
    %(payloads)s::jsonb[], %(versions)s::smallint[], %(digests)s::bytea[],
    %(priorities)s::smallint[], %(run_ats)s::timestamptz[], %(deadlines)s::timestamptz[],
    %(worth_seconds)s::float8[], %(max_attempts)s::smallint[])
    AS wanted (id, type, tier, idempotency_key, payload, payload_version, digest, priority, run_at,
      deadline, worth_seconds, max_attempts)
), keyed AS (
  INSERT INTO task_keys (organization_id, type, idempotency_key, task_id, payload_digest)
  SELECT %(organization_id)s, type, idempotency_key, id, digest FROM wanted
  ON CONFLICT (organization_id, type, idempotency_key) DO NOTHING
  RETURNING task_id
), inserted AS (
  INSERT INTO tasks (organization_id, id, created_at, type, tier, state, priority, run_at,
    deadline, time_to_deadline, idempotency_key, payload, payload_version, max_attempts, actor,
    correlation_id, traceparent)
  SELECT %(organization_id)s, id, uuid_extract_timestamp(id), type, tier,
    CASE WHEN run_at > now() THEN 'scheduled' ELSE 'ready' END, priority, COALESCE(run_at, now()),
    ends_at, ends_at - GREATEST(run_at, now()), idempotency_key, payload, payload_version,
    max_attempts, %(actor)s, %(correlation_id)s, %(traceparent)s
  FROM wanted JOIN keyed ON keyed.task_id = wanted.id
  RETURNING id, type, tier, state
), counted AS ({count})
SELECT id, type, tier, state FROM inserted
"""
_INSERT_ONE = _INSERT.format(count=COUNT_ONE_DISPATCHED)
_INSERT_SEVERAL = _INSERT.format(count=COUNT_DISPATCHED)

_REUSED_KEY = """
SELECT wanted.type
FROM unnest(%(types)s::text[], %(keys)s::text[], %(digests)s::bytea[])
  AS wanted (type, idempotency_key, digest)
JOIN task_keys AS first USING (type, idempotency_key)
WHERE first.organization_id = %(organization_id)s AND first.payload_digest <> wanted.digest
LIMIT 1
"""

# The attempts with this one added: bounded, the oldest gives way, and one that was parked replaces
# one that was parked just before it, for a task may be parked for days.
ATTEMPTS = """
  CASE WHEN {outcome} = 'parked' AND task.attempts -> -1 ->> 'outcome' = 'parked'
      THEN task.attempts - -1
    WHEN jsonb_array_length(task.attempts) >= 32 THEN task.attempts - 0
    ELSE task.attempts END
  || jsonb_build_object('attempt', task.attempt, 'started_at', task.started_at,
    'ended_at', clock_timestamp(), 'worker', task.worker, 'outcome', {outcome}, 'error', {error})
"""

_FINISH = f"""
UPDATE tasks AS task SET state = 'done', finished_at = clock_timestamp(),
  updated_at = clock_timestamp(), lease_expires_at = NULL, pushed_at = NULL,
  attempts = {ATTEMPTS.format(outcome="'done'", error="''")}
WHERE task.organization_id = %(organization_id)s AND task.id = %(id)s
  AND task.state = 'running' AND task.fencing_token = %(token)s
"""


class TaskKeyReusedError(InvalidInputError):
    """An idempotency key names one payload; this task came with another."""

    reason = "TASK_KEY_REUSED"

    def __init__(self, kind: str) -> None:
        super().__init__(
            "This idempotency key was used for a task with another payload.",
            field="idempotency_key",
            type=kind,
        )


async def insert_tasks(
    connection: Connection,
    context: CommandContext,
    tasks: Sequence[NewTask],
    ids: IdSource,
    *,
    types: TaskTypes = TASK_TYPES,
    duplicates: Counter[str] | None = None,
) -> list[ReadyTask]:
    """Write the tasks whose key is new; return those that are ready to run.

    Adds to `duplicates`, by type, those whose key was known. Raises InvalidInputError for an
    unknown type or a task that its type does not allow, and TaskKeyReusedError.
    """
    check_count(len(tasks))
    kinds = [task_type(task.type, types) for task in tasks]
    payloads = [checked_payload(task, kind) for task, kind in zip(tasks, kinds, strict=True)]
    ready: list[ReadyTask] = []
    for start in range(0, len(tasks), CHUNK):
        part = slice(start, start + CHUNK)
        row = {
            "organization_id": context.organization_id,
            "actor": context.actor.subject,
            "correlation_id": context.correlation_id,
            "traceparent": context.traceparent,
            "ids": [ids.new_id() for _ in tasks[part]],
            **_columns(tasks[part], kinds[part], payloads[part]),
        }
        inserted = await _insert(connection, row)
        if duplicates is not None:
            duplicates += Counter(kind.name for kind in kinds[part])
            duplicates -= Counter(kind for _, kind, _, _ in inserted)
        ready += [
            ReadyTask(context.organization_id, TaskId(task_id), kind, Tier(tier))
            for task_id, kind, tier, state in inserted
            if state == "ready"
        ]
    return ready


async def _insert(connection: Connection, row: Mapping[str, object]) -> Sequence[TupleRow]:
    is_one = len(cast("list[UUID]", row["ids"])) == 1
    cursor = await connection.execute(_INSERT_ONE if is_one else _INSERT_SEVERAL, row)
    inserted = await cursor.fetchall()
    if len(inserted) < len(cast("list[UUID]", row["ids"])):
        cursor = await connection.execute(_REUSED_KEY, row)
        reused = await cursor.fetchone()
        if reused is not None:
            raise TaskKeyReusedError(reused[0])
        repeats = {**row, "inserted_ids": [task_id for task_id, _, _, _ in inserted]}
        await connection.execute(COUNT_DUPLICATES, repeats)
    return inserted


def _columns(
    tasks: Sequence[NewTask], kinds: Sequence[TaskType], payloads: Sequence[str]
) -> Mapping[str, object]:
    return {
        "types": [kind.name for kind in kinds],
        "tiers": [
            kind.tier_of(is_awaited=task.is_awaited).value
            for task, kind in zip(tasks, kinds, strict=True)
        ],
        "keys": [task.idempotency_key for task in tasks],
        "payloads": payloads,
        "versions": [kind.payload.version for kind in kinds],
        "digests": [hashlib.sha256(payload.encode()).digest() for payload in payloads],
        "priorities": [task.priority for task in tasks],
        "run_ats": [task.run_at for task in tasks],
        "deadlines": [task.deadline for task in tasks],
        "worth_seconds": [kind.deadline_seconds for kind in kinds],
        "max_attempts": [kind.max_attempts for kind in kinds],
    }


async def mark_task_done(connection: Connection, context: CommandContext) -> None:
    """Complete the task that runs the command; raise LeaseLostError if it is ours no more."""
    claim = context.task
    if claim is None:
        return
    updated = await connection.execute(
        _FINISH,
        {
            "organization_id": context.organization_id,
            "id": claim.task_id,
            "token": claim.fencing_token,
        },
    )
    if updated.rowcount == 0:
        raise LeaseLostError(claim.task_id)
