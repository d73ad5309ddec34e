"""Connection pools that may pass through a PgBouncer in transaction mode.

Connections are in autocommit, hold no session state and bind parameters on the client, so that a
statement and the setting of its organisation fit into one round trip.
"""

import select
import time
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TypeAlias

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.conninfo import watchful
from domain.deadline import seconds_left
from domain.errors import TemporaryError

Connection: TypeAlias = AsyncConnection[TupleRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]


# PoolTimeout and TooManyRequests are OperationalErrors; an IntegrityError is not.
_OUT_OF_REACH = (psycopg.OperationalError, psycopg.InterfaceError)
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
    reconnect_seconds: float = 2.5,
) -> Pool:
    """Return a closed pool; `await pool.open()` starts it without waiting for the database.

    For `reconnect_seconds` it tries to connect at intervals that double, from one second, and then
    begins anew: so short that whoever asks when the database is back waits and is not refused.
    """

    async def begin_anew(pool: Pool) -> None:
        # By itself a pool without connections tries again when it is next asked for one, but not
        # when as many wait as may: those who gave up long ago are still counted among them.
        if pool.get_stats()["pool_size"] == 0:
            await pool.resize(0, max_size)
            await pool.resize(min_size, max_size)

    return AsyncConnectionPool(
        watchful(conninfo),
        connection_class=AsyncConnection[TupleRow],
        kwargs={
            "autocommit": True,
            "cursor_factory": AsyncClientCursor,
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


async def replace_connections(pool: Pool) -> None:
    """Give up all connections for new ones, and those that are lent when they come back.

    It asks none of them whether it still works, as the pool's own check does: where the answer
    does not come that waits for ever, and to be stopped then would cost the pool connections.
    """
    await pool.drain()


def connection_from(pool: Pool) -> AbstractAsyncContextManager[Connection]:
    """Lend a connection; a database that is down, or too busy, is a TemporaryError.

    Whoever works against a deadline waits for a part of what is left of it at most, so as to say
    so in time.
    """
    return _Loan(pool)


def _has_unread(connection: Connection) -> bool:
    """Return whether a connection has ended, or holds what the server said unasked."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Loan:
    """A connection while it is lent.

    Not the pool's own context, which ends a transaction that a connection in autocommit does not
    begin: together with a generator around it that is a twentieth of what a read costs.
    """

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        try:
            self._connection = await self._pool.getconn(self._patience())
            if _has_unread(self._connection):
                await self._replace_if_dead()
        except _OUT_OF_REACH as error:
            raise DatabaseUnavailableError from error
        return self._connection

    def _patience(self) -> float:
        left = WAITING_PART * seconds_left(time.monotonic())
        return min(self._pool.timeout, max(0.0, left))

    async def _replace_if_dead(self) -> None:
        is_alive = False
        try:
            is_alive = await self._is_alive()
            if is_alive:
                return
            # Connections die together when the database restarts. Without this, as many callers
            # would be refused as the pool holds dead ones, long after it is back.
            await self._pool.drain()
        finally:
            if not is_alive:
                await self._pool.putconn(self._connection)
        self._connection = await self._pool.getconn(self._patience())

    async def _is_alive(self) -> bool:
        try:
            await self._pool.check_connection(self._connection)
        except _OUT_OF_REACH:
            return False
        return True

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Rolls back what was left open, and gives up a connection that is broken.
        await self._pool.putconn(self._connection)
        if isinstance(error, _OUT_OF_REACH):
            raise DatabaseUnavailableError from error
