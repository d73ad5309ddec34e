"""What worker processes say of themselves: that they live, and what they counted."""

from collections.abc import Mapping, Sequence

from adapters.postgres.pools import Pool, connection_from
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.queue_statistics import QueueStatistics
from domain.operations.task_type import Tier

_BE_SEEN = """
INSERT INTO worker_processes AS process (worker, tier, concurrency)
VALUES (%(worker)s, %(tier)s, %(concurrency)s)
ON CONFLICT (organization_id, worker) DO UPDATE
SET tier = excluded.tier, concurrency = excluded.concurrency, seen_at = now()
"""

# Histograms come as text: an array of arrays of several lengths is none to Postgres.
_COUNT = """
INSERT INTO queue_counts (organization_id, type, tier, succeeded, retried, parked, died,
  wait_microseconds, run_microseconds, waits, runs)
SELECT %(platform)s, type, %(tier)s, succeeded, retried, parked, died, wait_microseconds,
  run_microseconds, waits::bigint[], runs::bigint[]
FROM unnest(%(types)s::text[], %(succeeded)s::bigint[], %(retried)s::bigint[],
  %(parked)s::bigint[], %(died)s::bigint[], %(wait_microseconds)s::bigint[],
  %(run_microseconds)s::bigint[], %(waits)s::text[], %(runs)s::text[])
  AS counted (type, succeeded, retried, parked, died, wait_microseconds, run_microseconds, waits,
    runs)
"""

_SIGN_OFF = "DELETE FROM worker_processes WHERE worker = %(worker)s"


class PostgresQueueRecording:
    """The domain's QueueRecording as the system role, for one worker process."""

    def __init__(self, pool: Pool, *, worker: str, tier: Tier, concurrency: int) -> None:
        self._pool = pool
        self._process = {"worker": worker, "tier": tier.value, "concurrency": concurrency}

    async def record(self, counted: Mapping[str, QueueStatistics]) -> None:
        # Both in one round trip, which is one implicit transaction.
        statement = f"{_BE_SEEN}; {_COUNT}" if counted else _BE_SEEN
        columns = _columns(list(counted), list(counted.values()))
        await self._execute(statement, {**self._process, **columns})

    async def sign_off(self) -> None:
        await self._execute(_SIGN_OFF, self._process)

    async def _execute(self, statement: str, bound: Mapping[str, object]) -> None:
        async with connection_from(self._pool) as connection:
            await connection.execute(statement.encode(), bound)


def _columns(types: Sequence[str], counted: Sequence[QueueStatistics]) -> Mapping[str, object]:
    return {
        "platform": PLATFORM_ORGANIZATION_ID,
        "types": types,
        "succeeded": [each.succeeded for each in counted],
        "retried": [each.retried for each in counted],
        "parked": [each.parked for each in counted],
        "died": [each.died for each in counted],
        "wait_microseconds": [each.waits.microseconds for each in counted],
        "run_microseconds": [each.runs.microseconds for each in counted],
        "waits": [_array(each.waits.buckets) for each in counted],
        "runs": [_array(each.runs.buckets) for each in counted],
    }


def _array(buckets: Sequence[int]) -> str:
    return f"{{{','.join(map(str, buckets))}}}"
