"""Tells this process within seconds whose standing changed, so that no call has to ask."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from domain.directory.standing import Bookmark, Standing, Standings
from domain.errors import TemporaryError

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


class StandingWatch:
    """Reads the news of standings at short intervals and hands them on.

    While the database is away what was known goes on counting; nobody is ended in that time, since
    that too is a change in the database.
    """

    def __init__(
        self,
        standings: Standings,
        hear: Callable[[Sequence[Standing]], None],
        *,
        every_seconds: float,
    ) -> None:
        self._standings = standings
        self._hear = hear
        self._every_seconds = every_seconds
        self._bookmark: Bookmark | None = None
        self._is_behind = False
        self._is_stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read the news until the block ends."""
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
            has_more = False
            try:
                has_more = await self._read()
            except TemporaryError:
                self._note(is_behind=True)
            if not has_more:
                await asyncio.sleep(self._every_seconds)

    async def _read(self) -> bool:
        news = await self._standings.news(self._bookmark)
        self._note(is_behind=False)
        self._bookmark = news.bookmark
        if news.changed:
            self._hear(news.changed)
        return news.has_more

    def _note(self, *, is_behind: bool) -> None:
        if is_behind != self._is_behind:
            log = _LOGGER.warning if is_behind else _LOGGER.info
            log("standings_not_read" if is_behind else "standings_read_again")
        self._is_behind = is_behind
