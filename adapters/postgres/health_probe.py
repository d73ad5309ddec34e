"""Looks whether Postgres answers, over one connection of its own.

Between two looks it waits on that connection, so that a server which goes away is noticed at once
and not only at the next look.
"""

import asyncio
from contextlib import suppress

import psycopg

from adapters.postgres.pools import Connection
from domain.health.status import Status

LOOK_TIMEOUT_SECONDS = 0.4
SLOW_LOOKS_ALLOWED = 1


class DatabaseProbe:
    """The health's Probe of the database."""

    def __init__(self, conninfo: str, *, timeout_seconds: float = LOOK_TIMEOUT_SECONDS) -> None:
        self._conninfo = conninfo
        self._timeout_seconds = timeout_seconds
        self._slow_looks = 0
        self._connection: Connection | None = None

    async def look(self) -> Status:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                connection = await self._connected()
                await connection.execute("SELECT 1")
        except TimeoutError:
            await self.close()
            self._slow_looks += 1
            return Status.DEGRADED if self._slow_looks <= SLOW_LOOKS_ALLOWED else Status.OFFLINE
        except (psycopg.Error, OSError):
            await self.close()
            return Status.OFFLINE
        self._slow_looks = 0
        return Status.HEALTHY

    async def pause(self, seconds: float) -> None:
        if self._connection is None:
            await asyncio.sleep(seconds)
            return
        try:
            # Nobody notifies: this only waits for the connection to end.
            async for _ in self._connection.notifies(timeout=seconds):
                pass
        except (psycopg.Error, OSError):
            await self.close()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()

    async def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._conninfo, autocommit=True, application_name="campotech health"
            )
        return self._connection
