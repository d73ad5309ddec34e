"""What a viewer has not seen yet: the newest position of each technician and nothing older.

A viewer that reads slowly misses positions that newer ones have overtaken, and its mailbox stays
as small as the number of technicians it watches.
"""

import asyncio
from contextlib import suppress

from domain.identifiers import MemberId
from domain.tracking.position import Position

MAILBOX_LIMIT = 10_000
"""More technicians than any organisation has; beyond it whoever waits longest is left out."""


class Mailbox:
    """One viewer's positions; filled by any number of writers, taken by one reader."""

    def __init__(
        self, technicians: frozenset[MemberId] = frozenset(), *, limit: int = MAILBOX_LIMIT
    ) -> None:
        """Make a mailbox for some technicians; for all, if none are named."""
        self._technicians = technicians
        self._limit = limit
        self._waiting: dict[MemberId, Position] = {}
        self._newest: dict[MemberId, int] = {}
        self._has_mail = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, position: Position) -> None:
        """Keep a position unless this viewer got, or is about to get, one at least as new."""
        technician = position.technician_id
        if self._technicians and technician not in self._technicians:
            return
        if self._newest.get(technician, -1) >= position.fix.recorded_at:
            return
        self._newest[technician] = position.fix.recorded_at
        self._waiting[technician] = position
        self._bound()
        self._has_mail.set()

    def take_all(self) -> tuple[Position, ...]:
        positions = tuple(self._waiting.values())
        self._waiting.clear()
        self._has_mail.clear()
        return positions

    async def take(self, timeout_seconds: float) -> Position | None:
        """Return the position that waits longest; None if none comes within the time."""
        if not self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._has_mail.wait()
        if not self._waiting:
            return None
        position = self._waiting.pop(next(iter(self._waiting)))
        if not self._waiting:
            self._has_mail.clear()
        return position

    def _bound(self) -> None:
        if len(self._waiting) > self._limit:
            del self._waiting[next(iter(self._waiting))]
        if len(self._newest) > 2 * self._limit:
            del self._newest[next(iter(self._newest))]
