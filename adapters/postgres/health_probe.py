"""Looks whether Postgres answers, over one connection of its own.

Between two looks it waits on that connection, so that a server which goes away is noticed at once
and not only at the next look. A look that takes too long is not cancelled, which can take psycopg
ten seconds: it goes on, and the next look waits for the same answer.
"""

import asyncio
import time
from contextlib import suppress

import psycopg

from adapters.postgres.conninfo import watchful
from adapters.postgres.pools import Connection
from domain.health.status import Status

LOOK_TIMEOUT_SECONDS = 0.4
SLOW_LOOKS_ALLOWED = 1
# After this an answer will not come any more: the network lost it.
GIVE_UP_SECONDS = 5.0


class DatabaseProbe:
    """The health's Probe of the database."""

    def __init__(
        self,
        conninfo: str,
        *,
        timeout_seconds: float = LOOK_TIMEOUT_SECONDS,
        give_up_seconds: float = GIVE_UP_SECONDS,
    ) -> None:
        self._conninfo = conninfo
        self._timeout_seconds = timeout_seconds
        self._give_up_seconds = give_up_seconds
        self._slow_looks = 0
        self._connection: Connection | None = None
        self._question: asyncio.Task[bool] | None = None
        self._asked_at = 0.0
        self._given_up: set[asyncio.Task[bool]] = set()

    async def look(self) -> Status:
        question = self._question
        if question is None:
            question = self._question = asyncio.create_task(self._ask())
            self._asked_at = time.monotonic()
        await asyncio.wait({question}, timeout=self._timeout_seconds)
        if not question.done():
            return self._slow(question)
        self._question = None
        self._slow_looks = 0
        return Status.HEALTHY if question.result() else Status.OFFLINE

    async def pause(self, seconds: float) -> None:
        if self._question is not None:
            await asyncio.wait({self._question}, timeout=seconds)
        elif self._connection is not None:
            await self._wait_for_its_end(self._connection, seconds)
        else:
            await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Forget the connection and whatever is still asked."""
        if self._question is not None:
            self._give_up(self._question)
        await self._disconnect()

    def _slow(self, question: asyncio.Task[bool]) -> Status:
        self._slow_looks += 1
        if time.monotonic() - self._asked_at > self._give_up_seconds:
            self._give_up(question)
        return Status.DEGRADED if self._slow_looks <= SLOW_LOOKS_ALLOWED else Status.OFFLINE

    def _give_up(self, question: asyncio.Task[bool]) -> None:
        connection, self._connection = self._connection, None
        self._question = None
        self._given_up.add(question)

        def bury(_: object) -> None:
            self._given_up.discard(question)
            if connection is not None:
                connection.pgconn.finish()

        question.add_done_callback(bury)
        question.cancel()

    async def _ask(self) -> bool:
        try:
            if self._connection is None:
                self._connection = await psycopg.AsyncConnection.connect(
                    watchful(self._conninfo),
                    autocommit=True,
                    application_name="campotech health",
                    connect_timeout=int(self._give_up_seconds),
                )
            await self._connection.execute("SELECT 1")
        except (psycopg.Error, OSError):
            await self._disconnect()
            return False
        return True

    async def _wait_for_its_end(self, connection: Connection, seconds: float) -> None:
        try:
            # Nobody notifies: this ends after the time, or with the connection.
            async for _ in connection.notifies(timeout=seconds):
                pass
        except (psycopg.Error, OSError):
            await self._disconnect()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()
