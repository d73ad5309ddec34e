"""A clock that stands still until a test moves it, and ids in the order they are asked for."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.clock import Uuid7Source

MORNING = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class StoppedClock:
    """The domain's Clock for tests."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> None:
        self._now += step


def new_id() -> UUID:
    """Return a fresh UUIDv7."""
    return Uuid7Source().new_id()


def id_at(moment: datetime) -> UUID:
    """Return a UUIDv7 that was born at a moment."""
    milliseconds = int(moment.timestamp() * 1000)
    random_bits = new_id().int & ((1 << 80) - 1)
    return UUID(int=milliseconds << 80 | random_bits)
