from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from domain.operations.metric_windows import (
    Grain,
    Window,
    WindowRefusedError,
    begun_later,
    last,
    spans_of,
    window_of,
)

NOW = datetime(2026, 11, 22, 20, 22, 33, tzinfo=UTC)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def test_without_bounds_the_window_is_the_last_day() -> None:
    assert window_of(None, None, now=NOW) == Window(since=at(21, 20, 22), until=NOW)


def test_what_is_still_kept_by_the_minute_is_asked_for_by_the_minute() -> None:
    window = window_of(at(22, 10, 5, 30), at(22, 11, 0, 1), now=NOW)

    assert window == Window(since=at(22, 10, 5), until=at(22, 11, 1))


def test_what_is_kept_by_the_hour_is_asked_for_by_the_hour() -> None:
    window = window_of(at(10, 10, 5), at(12, 11, 1), now=NOW)

    assert window == Window(since=at(10, 10), until=at(12, 12))


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (NOW - timedelta(days=31), None),
        (at(22, 10), at(22, 10)),
        (NOW + timedelta(seconds=1), None),
    ],
)
def test_other_windows_are_refused(since: datetime, until: datetime | None) -> None:
    with pytest.raises(WindowRefusedError):
        window_of(since, until, now=NOW)


def test_nothing_is_told_of_the_time_before_anything_was_counted() -> None:
    hour = last(timedelta(hours=1), now=NOW)

    assert begun_later(hour, at(22, 20)) == Window(since=at(22, 20), until=NOW)
    assert begun_later(hour, at(1)) == hour
    assert begun_later(hour, None) == hour


def test_a_month_is_read_from_few_rows() -> None:
    spans = spans_of(Window(since=at(1, 22, 58), until=at(22, 1, 2, 3)))

    assert [(span.grain, span.since, span.until) for span in spans] == [
        (Grain.MINUTE, at(1, 22, 58), at(1, 23)),
        (Grain.HOUR, at(1, 23), at(2)),
        (Grain.DAY, at(2), at(22)),
        (Grain.HOUR, at(22), at(22, 1)),
        (Grain.MINUTE, at(22, 1), at(22, 1, 3)),
    ]


@pytest.mark.parametrize("minutes", [1, 59, 60, 61, 1439, 1440, 1441, 30_000])
def test_spans_cover_a_window_without_a_gap(minutes: int) -> None:
    window = Window(since=at(1, 5, 17), until=at(1, 5, 17) + timedelta(minutes=minutes))

    spans = spans_of(window)

    assert (spans[0].since, spans[-1].until) == (window.since, window.until)
    assert all(one.until == two.since for one, two in pairwise(spans))
