"""The statistics of the queues as operators read them: rows of the platform, by minute to day."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_rows
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.durations import Durations
from domain.operations.metric_windows import Span
from domain.operations.queue_ports import Present
from domain.operations.queue_statistics import Backlog, QueueKey, QueueStatistics
from domain.operations.task_type import Tier

# A process says that it lives every five seconds.
SEEN_SECONDS = 15.0

_STATISTICS = """
SELECT type, tier, sum(dispatched)::bigint, sum(duplicates)::bigint, sum(finished)::bigint,
  sum(succeeded)::bigint, sum(retried)::bigint, sum(parked)::bigint, sum(died)::bigint,
  sum(stalled)::bigint, sum_buckets(waits), sum(wait_microseconds)::bigint, sum_buckets(runs),
  sum(run_microseconds)::bigint
FROM unnest(%(grains)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
  AS span (grain, since, until)
JOIN queue_statistics AS row ON row.organization_id = %(organization_id)s::uuid
  AND row.grain = span.grain AND row.starts_at >= since AND row.starts_at < until
GROUP BY type, tier
"""

_BACKLOGS = """
SELECT type, tier, ready, scheduled, running, parked, dead, oldest_ready_at, taken_at
FROM queue_backlogs WHERE organization_id = %(organization_id)s::uuid
"""

_CONCURRENCY = """
SELECT tier, sum(concurrency)::bigint FROM worker_processes
WHERE organization_id = %(organization_id)s::uuid
  AND seen_at > now() - %(seen_seconds)s * interval '1 second'
GROUP BY tier
"""

# The first day's row only says that it was that day; its minutes are kept for a while.
_FIRST = """
SELECT CASE WHEN date_trunc('day', minute, 'UTC') = day THEN minute ELSE day END
FROM (SELECT
  (SELECT min(starts_at) FROM queue_statistics
   WHERE organization_id = %(organization_id)s::uuid AND grain = 'day') AS day,
  (SELECT min(starts_at) FROM queue_statistics
   WHERE organization_id = %(organization_id)s::uuid AND grain = 'minute') AS minute) AS first
"""


class PostgresQueueStatistics:
    """The domain's QueueStatisticsStore; the rows are the platform's own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def statistics(self, spans: Sequence[Span]) -> Mapping[QueueKey, QueueStatistics]:
        rows = await self._rows(
            _STATISTICS,
            {
                "grains": [span.grain.value for span in spans],
                "sinces": [span.since for span in spans],
                "untils": [span.until for span in spans],
            },
        )
        return {QueueKey(row[0], Tier(row[1])): _to_statistics(row) for row in rows}

    async def present(self) -> Present:
        backlogs = await self._rows(_BACKLOGS)
        concurrency = await self._rows(_CONCURRENCY, {"seen_seconds": SEEN_SECONDS})
        return Present(
            backlogs={QueueKey(row[0], Tier(row[1])): to_backlog(row) for row in backlogs},
            taken_at=max((row[8] for row in backlogs), default=None),
            concurrency={Tier(tier): count for tier, count in concurrency},
            first_counted_at=await self._first_counted_at(),
        )

    async def _first_counted_at(self) -> datetime | None:
        ((first,),) = await self._rows(_FIRST)
        return first if isinstance(first, datetime) else None

    async def _rows(
        self, query: str, bound: Mapping[str, object] | None = None
    ) -> Sequence[TupleRow]:
        return await read_rows(self._pool, PLATFORM_ORGANIZATION_ID, query, bound or {})


def to_backlog(row: TupleRow) -> Backlog:
    """Read a row that begins with type and tier."""
    return Backlog(
        ready=row[2],
        scheduled=row[3],
        running=row[4],
        parked=row[5],
        dead=row[6],
        oldest_ready_at=row[7],
    )


def _to_statistics(row: TupleRow) -> QueueStatistics:
    return QueueStatistics(
        dispatched=row[2],
        duplicates=row[3],
        finished=row[4],
        succeeded=row[5],
        retried=row[6],
        parked=row[7],
        died=row[8],
        stalled=row[9],
        waits=Durations(buckets=tuple(row[10]), microseconds=row[11]),
        runs=Durations(buckets=tuple(row[12]), microseconds=row[13]),
    )
