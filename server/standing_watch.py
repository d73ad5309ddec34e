"""Tells this process within seconds whose standing changed, so that no call has to ask."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from domain.directory.standing import Bookmark, Standing, Standings
from server.steady_reading import SteadyReading


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
        self._bookmark: Bookmark | None = None
        self._reading = SteadyReading(self._read, what="standings", every_seconds=every_seconds)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Read the news until the block ends."""
        return self._reading.running()

    async def _read(self) -> bool:
        news = await self._standings.news(self._bookmark)
        self._bookmark = news.bookmark
        if news.changed:
            self._hear(news.changed)
        return news.has_more
