"""Connection pools that may pass through a PgBouncer in transaction mode.

Connections are in autocommit, hold no session state and bind parameters on the client, so that a
statement and the setting of its organisation fit into one round trip.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.deadline import seconds_left
from domain.errors import TemporaryError

Connection: TypeAlias = AsyncConnection[TupleRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]


WAITING_PART = 0.5
"""How much of the time left may go by in waiting for a connection; the rest is for the work."""


class DatabaseUnavailableError(TemporaryError):
    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The database does not answer right now.", retry_after_seconds=1.0)


def create_pool(
    conninfo: str,
    *,
    name: str,
    min_size: int = 1,
    max_size: int = 8,
    timeout_seconds: float = 3.0,
    reconnect_seconds: float = 10.0,
) -> Pool:
    """Return a closed pool; `await pool.open()` starts it without waiting for the database.

    For so many seconds it tries to connect at growing intervals, and then begins anew.
    """

    async def begin_anew(pool: Pool) -> None:
        # By itself a pool without connections tries again when it is next asked for one, but not
        # when as many wait as may: those who gave up long ago are still counted among them.
        if pool.get_stats()["pool_size"] == 0:
            await pool.resize(0, max_size)
            await pool.resize(min_size, max_size)

    return AsyncConnectionPool(
        conninfo,
        connection_class=AsyncConnection[TupleRow],
        kwargs={
            "autocommit": True,
            "cursor_factory": AsyncClientCursor,
            "connect_timeout": 3,
            "application_name": f"campotech {name}",
        },
        min_size=min_size,
        max_size=max_size,
        max_waiting=max_size * 16,
        timeout=timeout_seconds,
        reconnect_timeout=reconnect_seconds,
        reconnect_failed=begin_anew,
        name=name,
        open=False,
    )


@asynccontextmanager
async def connection_from(pool: Pool) -> AsyncIterator[Connection]:
    """Lend a connection; a database that is down, or too busy, is a TemporaryError.

    Whoever works against a deadline waits for a part of what is left of it at most, so as to say
    so in time.
    """
    patience = min(pool.timeout, max(0.0, WAITING_PART * seconds_left(time.monotonic())))
    try:
        async with pool.connection(patience) as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        # PoolTimeout and TooManyRequests are OperationalErrors; an IntegrityError is not.
        raise DatabaseUnavailableError from error
