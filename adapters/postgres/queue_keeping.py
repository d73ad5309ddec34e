"""What keepers do with counts of the queues: add them up, take stock, forget what is old."""

from collections.abc import Mapping

from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.queue_statistics_store import to_backlog
from domain.operations.queue_statistics import Backlog, QueueKey
from domain.operations.task_type import TASK_TYPES, TaskTypes, Tier

_COUNTERS = (
    "dispatched",
    "duplicates",
    "finished",
    "succeeded",
    "retried",
    "parked",
    "died",
    "stalled",
    "wait_microseconds",
    "run_microseconds",
)
_HISTOGRAMS = ("waits", "runs")
_COLUMNS = (*_COUNTERS, *_HISTOGRAMS)

# Deleting and adding up is one statement: each row counts once, however often this is tried. The
# lock keeps several keepers from waiting for each other's rows; what it guards would hold without.
_FOLD = f"""
WITH taken AS (
  DELETE FROM queue_counts WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM queue_counts WHERE (SELECT pg_try_advisory_xact_lock(%(lock)s))
    LIMIT %(limit)s))
  RETURNING counted_at, type, tier, {", ".join(_COLUMNS)}
), folded AS (
  INSERT INTO queue_statistics AS row (grain, starts_at, type, tier, {", ".join(_COLUMNS)})
  SELECT grain, date_trunc(grain, counted_at, 'UTC'), type, tier,
    {", ".join(f"sum({name})" for name in _COUNTERS)},
    {", ".join(f"sum_buckets({name}) FILTER (WHERE {name} <> '{{}}')" for name in _HISTOGRAMS)}
  FROM taken, unnest(ARRAY['minute', 'hour', 'day']) AS grain
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (organization_id, grain, starts_at, type, tier) DO UPDATE SET
    {", ".join(f"{name} = row.{name} + excluded.{name}" for name in _COUNTERS)},
    {", ".join(f"{name} = add_buckets(row.{name}, excluded.{name})" for name in _HISTOGRAMS)}
)
SELECT count(*) FROM taken
"""
_ONE_AT_A_TIME = 0x666F6C64  # one keeper folds at a time

_FORGET = """
DELETE FROM queue_statistics WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM queue_statistics
  WHERE grain = 'minute' AND starts_at < now() - interval '2 days'
    OR starts_at < now() - interval '32 days'
  LIMIT %(limit)s))
"""
_FORGET_PROCESSES = "DELETE FROM worker_processes WHERE seen_at < now() - interval '1 hour'"

# Queues that are empty are noted too: then it is known when that was so.
_TAKE_STOCK = """
WITH counted AS (
  SELECT type, tier, count(*) FILTER (WHERE state = 'ready') AS ready,
    count(*) FILTER (WHERE state = 'scheduled') AS scheduled,
    count(*) FILTER (WHERE state = 'running') AS running,
    count(*) FILTER (WHERE state = 'parked') AS parked,
    count(*) FILTER (WHERE state = 'dead') AS dead,
    min(run_at) FILTER (WHERE state = 'ready') AS oldest_ready_at
  FROM tasks WHERE state NOT IN ('done', 'cancelled', 'discarded') GROUP BY type, tier
), stock AS (
  SELECT * FROM counted
  UNION ALL
  SELECT type, tier, 0, 0, 0, 0, 0, NULL
  FROM unnest(%(types)s::text[], %(tiers)s::text[]) AS known (type, tier)
  WHERE (type, tier) NOT IN (SELECT type, tier FROM counted)
), gone AS (
  UPDATE queue_backlogs AS backlog SET taken_at = now(), ready = 0, scheduled = 0, running = 0,
    parked = 0, dead = 0, oldest_ready_at = NULL
  WHERE NOT EXISTS (
    SELECT FROM stock WHERE stock.type = backlog.type AND stock.tier = backlog.tier)
)
INSERT INTO queue_backlogs AS backlog
  (type, tier, ready, scheduled, running, parked, dead, oldest_ready_at)
SELECT * FROM stock ORDER BY type, tier
ON CONFLICT (organization_id, type, tier) DO UPDATE SET taken_at = now(), ready = excluded.ready,
  scheduled = excluded.scheduled, running = excluded.running, parked = excluded.parked,
  dead = excluded.dead, oldest_ready_at = excluded.oldest_ready_at
RETURNING type, tier, ready, scheduled, running, parked, dead, oldest_ready_at
"""


class PostgresQueueKeeping:
    """The domain's QueueKeeping as the system role."""

    def __init__(self, pool: Pool, *, types: TaskTypes = TASK_TYPES) -> None:
        self._pool = pool
        self._types = types

    async def fold(self, limit: int) -> int:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(
                _FOLD.encode(), {"limit": limit, "lock": _ONE_AT_A_TIME}
            )
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def forget(self, limit: int) -> int:
        async with connection_from(self._pool) as connection:
            await connection.execute(_FORGET_PROCESSES)
            return (await connection.execute(_FORGET, {"limit": limit})).rowcount

    async def take_stock(self) -> Mapping[QueueKey, Backlog]:
        bound = {
            "types": [kind.name for kind in self._types.values()],
            "tiers": [kind.tier.value for kind in self._types.values()],
        }
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_TAKE_STOCK, bound)
            rows = await cursor.fetchall()
        return {QueueKey(row[0], Tier(row[1])): to_backlog(row) for row in rows}
