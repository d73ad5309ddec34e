"""Turns Python's dates and times into those of the contract."""

from datetime import date, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(moment: datetime | None) -> Timestamp | None:
    """Return the moment as a message; raise ValueError for one without a time zone."""
    if moment is None:
        return None
    _require_time_zone(moment)
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment_or_day(value: datetime | date | None) -> str:
    """Return a moment, or a day in Argentina, as list filters take it; empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        _require_time_zone(value)
    return value.isoformat()


def _require_time_zone(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} names no time zone.")
