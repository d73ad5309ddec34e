"""The one source of time for rules: UTC inside, Argentine days where the law counts days."""

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

BUSINESS_TIME_ZONE = ZoneInfo("America/Argentina/Buenos_Aires")


class Clock(Protocol):
    """Tells rules the time; Postgres's own clock decides leases and partitions instead."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...


def business_day(moment: datetime) -> date:
    """Return the calendar day in Argentina at a moment."""
    return moment.astimezone(BUSINESS_TIME_ZONE).date()
