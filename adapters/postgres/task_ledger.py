"""The task ledger as workers use it: groups of claims and settlements, one round trip each.

Statements that touch several tasks lock them with SKIP LOCKED: a row that somebody else is about
to change is theirs to decide on, and nobody can wait in a circle.
"""

from collections.abc import Collection, Mapping, Sequence

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.task_dispatch import ATTEMPTS
from adapters.postgres.uuid_arrays import uuid_array
from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import ALONE_AFTER_CRASHES, ClaimedTask, Ticket
from domain.operations.settlement import NO_HANDLER, Settlement
from domain.operations.task import AttemptOutcome

_SETTLE = f"""
UPDATE tasks AS task SET
  state = settled.state,
  updated_at = clock_timestamp(),
  lease_expires_at = NULL,
  pushed_at = NULL,
  attempt = task.attempt - CASE WHEN settled.is_counted THEN 0 ELSE 1 END,
  run_at = CASE WHEN settled.state IN ('scheduled', 'parked')
    THEN clock_timestamp() + settled.delay_seconds * interval '1 second' ELSE task.run_at END,
  finished_at = CASE WHEN settled.state IN ('done', 'dead') THEN clock_timestamp() END,
  parked_reason = settled.parked_reason,
  error_fingerprint = settled.error_fingerprint,
  attempts = CASE WHEN settled.outcome IS NULL THEN task.attempts ELSE
    {ATTEMPTS.format(outcome="settled.outcome", error="settled.error")} END
FROM unnest(%(settled_organization_ids)s::uuid[], %(settled_ids)s::uuid[], %(tokens)s::bigint[],
  %(states)s::text[], %(outcomes)s::text[], %(delays)s::float8[], %(reasons)s::text[],
  %(errors)s::text[], %(fingerprints)s::text[], %(counted)s::boolean[])
  AS settled (organization_id, id, token, state, outcome, delay_seconds, parked_reason, error,
    error_fingerprint, is_counted)
WHERE task.organization_id = settled.organization_id AND task.id = settled.id
  AND task.state = 'running' AND task.fencing_token = settled.token
"""

# What nearly every settlement is, with nothing for Postgres to read and decide that is the same
# for all of them.
_COMPLETE = f"""
UPDATE tasks AS task SET state = 'done', finished_at = clock_timestamp(),
  updated_at = clock_timestamp(), lease_expires_at = NULL, pushed_at = NULL,
  parked_reason = NULL, error_fingerprint = NULL,
  attempts = {ATTEMPTS.format(outcome="'done'", error="''")}
FROM unnest(%(done_organization_ids)s::uuid[], %(done_ids)s::uuid[], %(done_tokens)s::bigint[])
  AS settled (organization_id, id, token)
WHERE task.organization_id = settled.organization_id AND task.id = settled.id
  AND task.state = 'running' AND task.fencing_token = settled.token
"""

_CLAIM = """
UPDATE tasks AS task SET state = 'running', attempt = task.attempt + 1,
  fencing_token = task.fencing_token + 1, worker = %(worker)s, parked_reason = NULL,
  started_at = clock_timestamp(), updated_at = clock_timestamp(),
  lease_expires_at = clock_timestamp() + %(lease_seconds)s * interval '1 second'
FROM (
  SELECT ready.organization_id, ready.id
  FROM unnest(%(organization_ids)s::uuid[], %(ids)s::uuid[], %(alone)s::boolean[])
    AS ticket (organization_id, id, is_alone)
  JOIN tasks AS ready USING (organization_id, id)
  WHERE ready.state = 'ready' AND (ready.crashes < %(alone_after)s OR ticket.is_alone)
    AND (ready.deadline IS NULL OR ready.deadline > clock_timestamp())
    AND NOT EXISTS (SELECT FROM queue_pauses WHERE queue IN (ready.tier, ready.type))
  FOR NO KEY UPDATE OF ready SKIP LOCKED
) AS taken
WHERE task.organization_id = taken.organization_id AND task.id = taken.id
RETURNING task.organization_id, task.id, task.type, task.payload, task.attempt,
  task.max_attempts, task.crashes, task.fencing_token, task.correlation_id, task.traceparent,
  task.run_at, task.started_at, task.forgiven, task.deadline, task.payload_version
"""

# A task that is locked is being completed by its use case, so its lease does not matter.
_RENEW = """
UPDATE tasks AS task
SET lease_expires_at = clock_timestamp() + %(lease_seconds)s * interval '1 second'
FROM (
  SELECT running.organization_id, running.id
  FROM unnest(%(organization_ids)s::uuid[], %(ids)s::uuid[], %(tokens)s::bigint[])
    AS held (organization_id, id, token)
  JOIN tasks AS running USING (organization_id, id)
  WHERE running.state = 'running' AND running.fencing_token = held.token
  FOR NO KEY UPDATE OF running SKIP LOCKED
) AS kept
WHERE task.organization_id = kept.organization_id AND task.id = kept.id;
SELECT held.id
FROM unnest(%(organization_ids)s::uuid[], %(ids)s::uuid[], %(tokens)s::bigint[])
  AS held (organization_id, id, token)
JOIN tasks AS task USING (organization_id, id)
WHERE task.fencing_token <> held.token OR task.state NOT IN ('running', 'done')
"""

_RELEASE = """
UPDATE tasks SET state = 'ready', parked_reason = NULL, run_at = now(), updated_at = now()
WHERE (organization_id, id) IN (
  SELECT organization_id, id FROM tasks
  WHERE state = 'parked' AND parked_reason = %(reason)s AND type = ANY(%(types)s)
  LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
"""


class PostgresTaskLedger:
    """The domain's TaskLedger, across tenants: the pool is one of the system role."""

    def __init__(self, pool: Pool, *, worker: str, lease_seconds: float) -> None:
        self._pool = pool
        self._worker = worker
        self._lease_seconds = lease_seconds

    async def exchange(
        self, settlements: Sequence[Settlement], tickets: Sequence[Ticket]
    ) -> Sequence[ClaimedTask]:
        completed = [item for item in settlements if item.outcome is AttemptOutcome.DONE]
        others = [item for item in settlements if item.outcome is not AttemptOutcome.DONE]
        groups = {_COMPLETE: completed, _SETTLE: others, _CLAIM: tickets}
        statements = [statement for statement, members in groups.items() if members]
        bound = {
            **_completion_columns(completed),
            **_settlement_columns(others),
            **self._ticket_columns(tickets),
        }
        async with connection_from(self._pool) as connection:
            # All in one round trip, which is one implicit transaction.
            cursor = await connection.execute(";".join(statements).encode(), bound)
            if not tickets:
                return []
            for _ in statements[1:]:
                cursor.nextset()
            return [_to_claimed(row) for row in await cursor.fetchall()]

    def _ticket_columns(self, tickets: Sequence[Ticket]) -> dict[str, object]:
        return {
            "worker": self._worker,
            "lease_seconds": self._lease_seconds,
            "alone_after": ALONE_AFTER_CRASHES,
            "organization_ids": uuid_array(ticket.organization_id for ticket in tickets),
            "ids": uuid_array(ticket.task_id for ticket in tickets),
            "alone": [ticket.is_alone for ticket in tickets],
        }

    async def renew(self, held: Sequence[ClaimedTask]) -> frozenset[TaskId]:
        bound = {
            "lease_seconds": self._lease_seconds,
            "organization_ids": uuid_array(task.organization_id for task in held),
            "ids": uuid_array(task.id for task in held),
            "tokens": [task.fencing_token for task in held],
        }
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_RENEW, bound)
            cursor.nextset()
            return frozenset(TaskId(row[0]) for row in await cursor.fetchall())

    async def release_parked(self, types: Collection[str]) -> int:
        released = 0
        async with connection_from(self._pool) as connection:
            bound = {"reason": NO_HANDLER, "types": list(types)}
            while count := (await connection.execute(_RELEASE, bound)).rowcount:
                released += count
        return released


def _completion_columns(settlements: Sequence[Settlement]) -> Mapping[str, object]:
    return {
        "done_organization_ids": uuid_array(item.task.organization_id for item in settlements),
        "done_ids": uuid_array(item.task.id for item in settlements),
        "done_tokens": [item.task.fencing_token for item in settlements],
    }


def _settlement_columns(settlements: Sequence[Settlement]) -> Mapping[str, object]:
    return {
        "settled_organization_ids": uuid_array(item.task.organization_id for item in settlements),
        "settled_ids": uuid_array(item.task.id for item in settlements),
        "tokens": [item.task.fencing_token for item in settlements],
        "states": [item.state.value for item in settlements],
        "outcomes": [item.outcome and item.outcome.value for item in settlements],
        "delays": [item.delay_seconds for item in settlements],
        "reasons": [item.parked_reason for item in settlements],
        "errors": [item.error for item in settlements],
        "fingerprints": [item.error_fingerprint for item in settlements],
        "counted": [item.is_counted for item in settlements],
    }


def _to_claimed(row: TupleRow) -> ClaimedTask:
    return ClaimedTask(
        organization_id=OrganizationId(row[0]),
        id=TaskId(row[1]),
        type=row[2],
        payload=row[3],
        attempt=row[4],
        max_attempts=row[5],
        crashes=row[6],
        fencing_token=row[7],
        correlation_id=row[8],
        traceparent=row[9],
        run_at=row[10],
        started_at=row[11],
        forgiven=row[12],
        deadline=row[13],
        payload_version=row[14],
    )
