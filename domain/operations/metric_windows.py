"""Stretches of time, and the minutes, hours and days in which statistics of them are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError

LONGEST_WINDOW = timedelta(days=30)
MINUTES_KEPT = timedelta(days=2)
_MARGIN = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Grain(StrEnum):
    """How much time one row of statistics is about; days are those of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


_LENGTHS = {
    Grain.MINUTE: timedelta(minutes=1),
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
}
_COARSE_TO_FINE = (Grain.DAY, Grain.HOUR, Grain.MINUTE)


class WindowRefusedError(InvalidInputError):
    """Nothing is known of such a stretch of time, or not any more."""

    reason = "WINDOW_REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From a moment, included, until another, excluded."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whole minutes, hours or days that follow one another."""

    grain: Grain
    since: datetime
    until: datetime


def window_of(since: datetime | None, until: datetime | None, *, now: datetime) -> Window:
    """Return the window that was asked for, moved out to whole minutes, or hours when it is old.

    Without bounds it is the last day. Raises WindowRefusedError for one that is empty, longer than
    30 days, or begins earlier than that.
    """
    end = min(until or now, now)
    start = since or end - timedelta(days=1)
    if start >= end:
        raise WindowRefusedError("The window ends before it begins.", field="since")
    if start < now - LONGEST_WINDOW - _MARGIN:
        raise WindowRefusedError("Statistics are kept for 30 days.", field="since")
    grain = Grain.MINUTE if start > now - MINUTES_KEPT + _MARGIN else Grain.HOUR
    return Window(since=_floor(start, grain), until=end if end == now else _ceiling(end, grain))


def last(length: timedelta, *, now: datetime) -> Window:
    """Return the window that ends now and began so long ago, or up to a minute earlier."""
    return Window(since=_floor(now - length, Grain.MINUTE), until=now)


def begun_later(window: Window, first: datetime | None) -> Window:
    """Return what of a window lies after the first thing that was ever counted."""
    if first is None or not window.since < first < window.until:
        return window
    return Window(since=first, until=window.until)


def spans_of(window: Window) -> Sequence[Span]:
    """Cover a window with as few rows as can be: days within hours within minutes."""
    return tuple(_cover(window.since, _ceiling(window.until, Grain.MINUTE), _COARSE_TO_FINE))


def _cover(since: datetime, until: datetime, grains: Sequence[Grain]) -> Iterator[Span]:
    if since >= until or not grains:
        return
    grain, *finer = grains
    first, past = _ceiling(since, grain), _floor(until, grain)
    if first >= past:
        yield from _cover(since, until, finer)
        return
    yield from _cover(since, first, finer)
    yield Span(grain=grain, since=first, until=past)
    yield from _cover(past, until, finer)


def _floor(moment: datetime, grain: Grain) -> datetime:
    return moment - (moment - _EPOCH) % _LENGTHS[grain]


def _ceiling(moment: datetime, grain: Grain) -> datetime:
    floor = _floor(moment, grain)
    return floor if floor == moment else floor + _LENGTHS[grain]
