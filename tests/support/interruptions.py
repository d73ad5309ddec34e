"""Points at which a test may stop what runs, as a power cut would, or let another go first."""

import asyncio
import random


class Killed(BaseException):
    """The process is gone: nothing catches this on its behalf."""


class Interruptions:
    """Counts the points that code reaches, kills it at some, and may mix up who goes first."""

    def __init__(
        self,
        *kill_at: int,
        shuffle_seed: int | None = None,
        by: type[BaseException] = Killed,
    ) -> None:
        self._by = by
        self._kill_at = frozenset(kill_at)
        self._shuffle: random.Random | None = None
        if shuffle_seed is not None:
            self._shuffle = random.Random(shuffle_seed)  # noqa: S311 -- repeatable, not secret
        self.reached = 0

    async def point(self) -> None:
        """Reach the next point."""
        self.reached += 1
        if self.reached in self._kill_at:
            raise self._by
        if self._shuffle is not None:
            for _ in range(self._shuffle.randrange(4)):
                await asyncio.sleep(0)
