"""What keeps the tables small and their partitions ahead of time, in batches, across tenants."""

from collections.abc import Sequence

from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.queue_counts import COUNT_FINISHED
from domain.operations.partitions import PartitionRunway

_DELETE_REQUESTS = """
DELETE FROM command_requests WHERE (organization_id, request_id) IN (
  SELECT organization_id, request_id FROM command_requests
  WHERE created_at < now() - interval '48 hours' ORDER BY created_at LIMIT %(limit)s)
"""

_DELETE_TASK_KEYS = """
DELETE FROM task_keys WHERE (organization_id, type, idempotency_key) IN (
  SELECT organization_id, type, idempotency_key FROM task_keys
  WHERE created_at < now() - interval '30 days' ORDER BY created_at LIMIT %(limit)s)
"""

# Longer than WhatsApp repeats a delivery, which is a week. What could not be processed stays.
_DELETE_WEBHOOKS = """
DELETE FROM webhook_inbox WHERE (organization_id, id) IN (
  SELECT organization_id, id FROM webhook_inbox
  WHERE processed_at < now() - interval '10 days' ORDER BY processed_at LIMIT %(limit)s)
"""

# A row that is missing is made by the next login, and fences it from the beginning: by that time
# nobody may be left who holds an earlier lease. What is written while this waits for it stays.
_DELETE_ACCESS_TICKETS = """
WITH unused AS (
  SELECT organization_id, certificate, service FROM access_tickets
  WHERE updated_at < now() - interval '7 days' AND COALESCE(expires_at, '-infinity') < now()
  ORDER BY updated_at LIMIT %(limit)s)
DELETE FROM access_tickets AS ticket USING unused
WHERE (ticket.organization_id, ticket.certificate, ticket.service)
  = (unused.organization_id, unused.certificate, unused.service)
  AND ticket.updated_at < now() - interval '7 days'
"""

# Seconds after it was finished a task moves: late enough that its worker has heard that it is done.
_FINISHED = """
SELECT organization_id, id, created_at FROM tasks
WHERE state IN ('done', 'cancelled', 'discarded') AND finished_at < now() - interval '10 seconds'
ORDER BY finished_at LIMIT %(limit)s
"""

# A task may be finished long after the day it belongs to had its partition made, or dropped.
_MAKE_HISTORY_PARTITIONS = f"""
SELECT make_partition('task_history', day)
FROM (SELECT DISTINCT date_trunc('day', created_at, 'UTC') AS day FROM ({_FINISHED}) AS finished)
"""

_COLUMNS = """organization_id, id, created_at, updated_at, type, tier, state, priority, run_at,
  idempotency_key, payload, payload_version, attempt, max_attempts, crashes, worker, started_at,
  finished_at, parked_reason, attempts, actor, correlation_id, traceparent, error_fingerprint,
  deadline"""

_MOVE_FINISHED = f"""
WITH finished AS ({_FINISHED} FOR UPDATE SKIP LOCKED), moved AS (
  DELETE FROM tasks USING finished
  WHERE tasks.organization_id = finished.organization_id AND tasks.id = finished.id
  RETURNING tasks.*
), counted AS ({COUNT_FINISHED})
INSERT INTO task_history ({_COLUMNS}) SELECT {_COLUMNS} FROM moved
"""

_RUNWAYS = """
SELECT table_name, extract(epoch FROM runway)::float8 / 86400,
  extract(epoch FROM premade)::float8 / 86400
FROM partition_runways ORDER BY 1
"""

_PARTITIONED = "SELECT table_name FROM partitioned_tables ORDER BY 1"
_MAKE_PARTITIONS = "SELECT make_due_partitions(%(table)s)"


class PostgresHousekeeping:
    """Housekeeping as the system role; safe to be done by several at once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def delete_old_requests(self, limit: int) -> int:
        """Forget request ids after two days, the oldest first; return how many."""
        return await self._count(_DELETE_REQUESTS, limit)

    async def delete_old_task_keys(self, limit: int) -> int:
        """Forget idempotency keys of tasks after 30 days; return how many."""
        return await self._count(_DELETE_TASK_KEYS, limit)

    async def delete_old_webhooks(self, limit: int) -> int:
        """Forget deliveries 10 days after they took effect; return how many."""
        return await self._count(_DELETE_WEBHOOKS, limit)

    async def delete_old_access_tickets(self, limit: int) -> int:
        """Forget ARCA's tickets that expired and were not renewed for a week; return how many."""
        return await self._count(_DELETE_ACCESS_TICKETS, limit)

    async def move_finished_tasks(self, limit: int) -> int:
        """Move finished tasks to the history, the oldest first; return how many."""
        await self._count(_MAKE_HISTORY_PARTITIONS, limit)
        return await self._count(_MOVE_FINISHED, limit)

    async def make_partitions(self) -> list[str]:
        """Make the partitions that are due in all tables; return the names of new ones."""
        made: list[str] = []
        async with connection_from(self._pool) as connection:
            tables = await (await connection.execute(_PARTITIONED)).fetchall()
            for (table,) in tables:
                # One statement a table: each takes and releases its own locks.
                cursor = await connection.execute(_MAKE_PARTITIONS, {"table": table})
                made.extend(str(row[0]) for row in await cursor.fetchall())
        return made

    async def partition_runways(self) -> Sequence[PartitionRunway]:
        """Return how far ahead the partitions of each table reach."""
        async with connection_from(self._pool) as connection:
            rows = await (await connection.execute(_RUNWAYS)).fetchall()
        return [
            PartitionRunway(table=table, days=days, premade_days=premade)
            for table, days, premade in rows
        ]

    async def _count(self, query: str, limit: int) -> int:
        async with connection_from(self._pool) as connection:
            return (await connection.execute(query.encode(), {"limit": limit})).rowcount
