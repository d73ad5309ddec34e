"""Fire times are right where Argentina set its clocks forward (2008-10-19) and back (2009-03-15).

Both happened at midnight: the hour from 0:00 was left out, the hour from 23:00 came twice.
"""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.cron_schedules import read_schedule
from domain.errors import InvalidInputError

BUENOS_AIRES = "America/Argentina/Buenos_Aires"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("0 * * * *", "UTC", "2026-11-22 10:00:00", ["2026-11-22 11:00", "2026-11-22 12:00"]),
        ("0 3 * * *", "UTC", "2026-11-22 02:59:59", ["2026-11-22 03:00", "2026-11-23 03:00"]),
        ("0 3 * * *", BUENOS_AIRES, "2026-11-22 02:00", ["2026-11-22 06:00", "2026-11-23 06:00"]),
        ("*/5 * * * *", "UTC", "2026-11-22 23:55:00", ["2026-11-23 00:00", "2026-11-23 00:05"]),
        ("0 9 1 * *", BUENOS_AIRES, "2026-11-22 00:00", ["2026-12-01 12:00", "2027-01-01 12:00"]),
        # The hour that is left out: what it holds runs right after it, and once.
        ("30 0 * * *", BUENOS_AIRES, "2008-10-18 12:00", ["2008-10-19 03:00", "2008-10-20 02:30"]),
        ("0 0 * * *", BUENOS_AIRES, "2008-10-18 12:00", ["2008-10-19 03:00", "2008-10-20 02:00"]),
        ("0 * * * *", BUENOS_AIRES, "2008-10-19 02:00", ["2008-10-19 03:00", "2008-10-19 04:00"]),
        # The hour that comes twice: what is fixed in it runs once, what is hourly twice.
        ("30 23 * * *", BUENOS_AIRES, "2009-03-14 12:00", ["2009-03-15 01:30", "2009-03-16 02:30"]),
        ("0 * * * *", BUENOS_AIRES, "2009-03-15 00:00", ["2009-03-15 01:00", "2009-03-15 02:00"]),
        # Asked in its second half, for a time that lies in its first.
        ("30 23 * * *", BUENOS_AIRES, "2009-03-15 02:10", ["2009-03-16 02:30"]),
    ],
)
def test_the_next_fire_times(expression: str, zone: str, after: str, expected: list[str]) -> None:
    schedule = read_schedule(expression, zone)

    found, moment = [], at(after)
    for _ in expected:
        moment = schedule.next_after(moment)
        found.append(moment)

    assert found == [at(time) for time in expected]


@pytest.mark.parametrize(
    ("expression", "zone", "until", "expected"),
    [
        ("0 * * * *", "UTC", "2026-11-22 10:00:00", "2026-11-22 10:00"),
        ("0 * * * *", "UTC", "2026-11-22 10:00:00.000001", "2026-11-22 10:00"),
        ("0 * * * *", "UTC", "2026-11-22 09:59:59.999999", "2026-11-22 09:00"),
        ("0 3 * * *", BUENOS_AIRES, "2026-11-22 05:59", "2026-11-21 06:00"),
        ("30 0 * * *", BUENOS_AIRES, "2008-10-19 03:10", "2008-10-19 03:00"),
        ("30 0 * * *", BUENOS_AIRES, "2008-10-19 02:59", "2008-10-18 03:30"),
        ("30 23 * * *", BUENOS_AIRES, "2009-03-15 01:10", "2009-03-14 01:30"),
        ("30 23 * * *", BUENOS_AIRES, "2009-03-15 02:10", "2009-03-15 01:30"),
        ("0 * * * *", BUENOS_AIRES, "2009-03-15 02:10", "2009-03-15 02:00"),
    ],
)
def test_the_last_fire_time(expression: str, zone: str, until: str, expected: str) -> None:
    assert read_schedule(expression, zone).last_until(at(until)) == at(expected)


@pytest.mark.parametrize("expression", ["7 * * * *", "0 0 * * *", "30 0 * * *", "30 23 * * *"])
@pytest.mark.parametrize("day", ["2008-10-18 12:00", "2009-03-14 12:00", "2026-11-22 00:00"])
def test_looking_back_and_looking_ahead_agree_at_every_minute(expression: str, day: str) -> None:
    schedule = read_schedule(expression, BUENOS_AIRES)

    for minute in range(0, 48 * 60, 10):
        moment = at(day) + timedelta(minutes=minute)
        last, following = schedule.last_until(moment), schedule.next_after(moment)

        assert last <= moment < following
        assert schedule.next_after(last) == following


@pytest.mark.parametrize(
    ("expression", "zone", "field"),
    [
        ("* * * *", "UTC", "schedule"),
        ("0 * * * * *", "UTC", "schedule"),
        ("61 * * * *", "UTC", "schedule"),
        ("0 0 31 2 *", "UTC", "schedule"),
        ("0 * * * *", "Europe/Madrid", "time_zone"),
    ],
)
def test_what_cannot_be_read_is_refused(expression: str, zone: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_schedule(expression, zone)

    assert refusal.value.field == field
