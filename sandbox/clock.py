"""The sandbox's time, as a value that tests can replace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]

ARGENTINA = timezone(timedelta(hours=-3))


def system_clock() -> datetime:
    return datetime.now(UTC)
