"""Moments between the contract and the domain, and the moments that list filters name as text."""

from datetime import UTC, date, datetime, time, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from domain.clock import BUSINESS_TIME_ZONE
from domain.errors import InvalidInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY = 86_400
_DATE_LENGTH = len("2026-03-01")


class MalformedTimeError(InvalidInputError):
    """The text is neither a time nor a date that exists."""

    reason = "TIME_MALFORMED"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} must be a time (2026-03-01T12:00:00Z) or a date (2026-03-01).", field=field
        )


def timestamp_to_proto(moment: datetime | None) -> Timestamp | None:
    """Print a moment; None stays unset."""
    if moment is None:
        return None
    # Whole numbers, and a third of what FromDatetime takes: every resource has several.
    since = moment - _EPOCH
    return Timestamp(
        seconds=since.days * _SECONDS_A_DAY + since.seconds, nanos=since.microseconds * 1000
    )


def timestamp_from_proto(timestamp: Timestamp, *, field: str) -> datetime:
    """Read a moment as UTC; raise InvalidInputError for one outside the years 1 to 9999."""
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{field} is not a moment that exists.", field=field) from error


def parse_since(text: str, *, field: str = "since") -> datetime | None:
    """Return the first moment a list shall hold; a date begins at midnight in Argentina."""
    if not text:
        return None
    return _start_of_day(text, field) if _is_date(text) else _parse_time(text, field)


def parse_until(text: str, *, field: str = "until") -> datetime | None:
    """Return the moment before which a list ends; a date includes its whole day in Argentina."""
    if not text:
        return None
    if _is_date(text):
        return _start_of_day(text, field, days_later=1)
    return _parse_time(text, field)


def _is_date(text: str) -> bool:
    return len(text) == _DATE_LENGTH


def _start_of_day(text: str, field: str, *, days_later: int = 0) -> datetime:
    try:
        day = date.fromisoformat(text) + timedelta(days=days_later)
        midnight = datetime.combine(day, time(), BUSINESS_TIME_ZONE)
        return midnight.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedTimeError(field) from error


def _parse_time(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise MalformedTimeError(field)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedTimeError(field) from error
