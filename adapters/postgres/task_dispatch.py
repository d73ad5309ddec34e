"""Writes to the task ledger that belong to a command's own transaction."""

import hashlib
import json
from collections.abc import Sequence

from adapters.postgres.pools import Connection
from domain.commands import CommandContext
from domain.errors import InvalidInputError
from domain.identifiers import IdSource, TaskId
from domain.operations.task import LeaseLostError
from domain.operations.task_type import task_type
from domain.transactions import NewTask

_INSERT_KEY = """
INSERT INTO task_keys (organization_id, type, idempotency_key, task_id, payload_digest)
VALUES (%(organization_id)s, %(type)s, %(idempotency_key)s, %(id)s, %(digest)s)
ON CONFLICT (organization_id, type, idempotency_key) DO NOTHING
"""

_INSERT_TASK = """
INSERT INTO tasks (organization_id, id, created_at, type, tier, state, priority, run_at,
  idempotency_key, payload, max_attempts, actor, correlation_id, traceparent)
VALUES (%(organization_id)s, %(id)s, uuid_extract_timestamp(%(id)s), %(type)s, %(tier)s,
  CASE WHEN %(run_at)s::timestamptz > now() THEN 'scheduled' ELSE 'ready' END, %(priority)s,
  COALESCE(%(run_at)s::timestamptz, now()), %(idempotency_key)s, %(payload)s, %(max_attempts)s,
  %(actor)s, %(correlation_id)s, %(traceparent)s)
RETURNING state
"""


class TaskKeyReusedError(InvalidInputError):
    """An idempotency key names one payload; this task came with another."""

    reason = "TASK_KEY_REUSED"


async def insert_tasks(
    connection: Connection, context: CommandContext, tasks: Sequence[NewTask], ids: IdSource
) -> list[tuple[TaskId, str]]:
    """Write tasks that are new for their key; return id and type of those ready to run."""
    ready: list[tuple[TaskId, str]] = []
    for task in tasks:
        task_id = TaskId(ids.new_id())
        if await _insert_task(connection, context, task, task_id):
            ready.append((task_id, task.type))
    return ready


async def _insert_task(
    connection: Connection, context: CommandContext, task: NewTask, task_id: TaskId
) -> bool:
    kind = task_type(task.type)
    payload = json.dumps(dict(task.payload), sort_keys=True)
    row = {
        "organization_id": context.organization_id,
        "id": task_id,
        "type": task.type,
        "tier": kind.tier.value,
        "priority": task.priority,
        "run_at": task.run_at,
        "idempotency_key": task.idempotency_key,
        "payload": payload,
        "digest": hashlib.sha256(payload.encode()).digest(),
        "max_attempts": kind.max_attempts,
        "actor": context.actor.subject,
        "correlation_id": context.correlation_id,
        "traceparent": context.traceparent,
    }
    inserted = await connection.execute(_INSERT_KEY, row)
    if inserted.rowcount == 0:
        await _check_same_payload(connection, row)
        return False
    cursor = await connection.execute(_INSERT_TASK, row)
    state = await cursor.fetchone()
    return state is not None and state[0] == "ready"


async def _check_same_payload(connection: Connection, row: dict[str, object]) -> None:
    cursor = await connection.execute(
        "SELECT payload_digest FROM task_keys WHERE organization_id = %(organization_id)s"
        " AND type = %(type)s AND idempotency_key = %(idempotency_key)s",
        row,
    )
    first = await cursor.fetchone()
    if first is not None and bytes(first[0]) != row["digest"]:
        raise TaskKeyReusedError(
            "This idempotency key was used for a task with another payload.",
            field="idempotency_key",
            type=row["type"],
        )


async def mark_task_done(connection: Connection, context: CommandContext) -> None:
    """Complete the task that runs the command; raise LeaseLostError if it is ours no more."""
    claim = context.task
    if claim is None:
        return
    updated = await connection.execute(
        "UPDATE tasks SET state = 'done', finished_at = now(), lease_expires_at = NULL"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND state = 'running'"
        " AND fencing_token = %(token)s",
        {
            "organization_id": context.organization_id,
            "id": claim.task_id,
            "token": claim.fencing_token,
        },
    )
    if updated.rowcount == 0:
        raise LeaseLostError(claim.task_id)
