"""Making and dropping partitions, as the cron has it done."""

from collections.abc import Sequence

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from adapters.postgres.conninfo import watchful
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.pools import DatabaseUnavailableError, Pool, connection_from

_ONE_AT_A_TIME = 0x70617274  # one process drops at a time

# What was being detached comes first: until that is done its table lets go of no other.
_PAST = """
SELECT table_name, partition, is_attached, is_detaching FROM partitions_to_drop
ORDER BY table_name, is_detaching DESC, starts_at
"""

_log = structlog.get_logger(__name__)


class PostgresPartitions:
    """The domain's Partitions.

    Detaching concurrently never locks readers or writers out, but cannot be done in a function or
    a transaction: dropping takes a session of the owner.
    """

    def __init__(self, pool: Pool, *, owner_url: str | None, lock_seconds: float = 10.0) -> None:
        self._pool = pool
        self._owner_url = owner_url
        self._lock_seconds = lock_seconds

    async def make_due(self) -> Sequence[str]:
        return await PostgresHousekeeping(self._pool).make_partitions()

    async def drop_past(self) -> Sequence[str]:
        if self._owner_url is None:
            await self._report_past()
            return []
        try:
            async with await AsyncConnection.connect(
                watchful(self._owner_url), autocommit=True
            ) as connection:
                return await self._drop_past(connection)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailableError from error

    async def _report_past(self) -> None:
        async with connection_from(self._pool) as connection:
            past = await (await connection.execute(_PAST)).fetchall()
        if past:
            _log.warning(
                "partitions_not_dropped", names=[row[1] for row in past], why="no direct url"
            )

    async def _drop_past(self, connection: AsyncConnection[TupleRow]) -> list[str]:
        cursor = await connection.execute(
            "SELECT pg_try_advisory_lock(%s), set_config('lock_timeout', %s, false)",
            [_ONE_AT_A_TIME, f"{self._lock_seconds * 1000:.0f}ms"],
        )
        row = await cursor.fetchone()
        if row is None or not row[0]:
            return []
        dropped: list[str] = []
        busy: set[str] = set()
        for table, partition, is_attached, is_detaching in await (
            await connection.execute(_PAST)
        ).fetchall():
            if table in busy:
                continue
            try:
                if is_attached:
                    await _detach(connection, table, partition, is_detaching=is_detaching)
                await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(partition)))
            except psycopg.errors.LockNotAvailable:
                # A long transaction still reads it: the next run goes on where this one stopped.
                _log.info("partition_busy", name=partition)
                busy.add(table)
            else:
                dropped.append(partition)
        return dropped


async def _detach(
    connection: AsyncConnection[TupleRow], table: str, partition: str, *, is_detaching: bool
) -> None:
    await connection.execute(
        sql.SQL("ALTER TABLE {} DETACH PARTITION {} {}").format(
            sql.Identifier(table),
            sql.Identifier(partition),
            sql.SQL("FINALIZE" if is_detaching else "CONCURRENTLY"),
        )
    )
