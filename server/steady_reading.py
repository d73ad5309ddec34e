"""Reads something of the database at short intervals, also through times when that is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from domain.errors import TemporaryError

LIMIT_SECONDS = 10.0
"""After this an answer will not come any more, and is asked for again."""

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


class SteadyReading:
    """Calls `read`, which returns whether there is more to read at once; errors are logged once."""

    def __init__(
        self,
        read: Callable[[], Awaitable[bool]],
        *,
        what: str,
        every_seconds: float,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self._read = read
        self._what = what
        self._every_seconds = every_seconds
        self._limit_seconds = limit_seconds
        self._is_behind = False
        self._is_stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read until the block ends."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read_on())
            try:
                yield
            finally:
                self._is_stopping = True
                reading.cancel()

    async def _read_on(self) -> None:
        # Before Python 3.12 a wait that ends just then can swallow the cancellation.
        while not self._is_stopping:
            if not await self._has_more():
                await asyncio.sleep(self._every_seconds)

    async def _has_more(self) -> bool:
        try:
            async with asyncio.timeout(self._limit_seconds):
                has_more = await self._read()
        except (TemporaryError, TimeoutError):
            self._note(is_behind=True)
            return False
        self._note(is_behind=False)
        return has_more

    def _note(self, *, is_behind: bool) -> None:
        if is_behind != self._is_behind:
            log = _LOGGER.warning if is_behind else _LOGGER.info
            log(f"{self._what}_not_read" if is_behind else f"{self._what}_read_again")
        self._is_behind = is_behind
