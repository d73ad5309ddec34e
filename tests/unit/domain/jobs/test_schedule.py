"""Rules of schedules: their order, and which of them one technician cannot keep together."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidInputError
from domain.jobs.schedule import Schedule
from tests.support.clocks import MORNING


@pytest.mark.parametrize(
    "times",
    [
        {"ends_at": MORNING},
        {"starts_at": MORNING, "ends_at": MORNING},
        {"starts_at": MORNING, "ends_at": MORNING - timedelta(hours=1)},
    ],
)
def test_a_schedule_ends_after_it_starts(times: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        Schedule(**times)  # type: ignore[arg-type]  # each row has other fields

    assert refusal.value.field == "job.scheduled_end_time"


def hours(start: float | None, end: float | None = None) -> Schedule:
    return Schedule(
        starts_at=None if start is None else MORNING + timedelta(hours=start),
        ends_at=None if end is None else MORNING + timedelta(hours=end),
    )


@pytest.mark.parametrize(
    ("one", "other", "do_overlap"),
    [
        (hours(0, 2), hours(1, 3), True),
        (hours(0, 2), hours(0, 2), True),
        (hours(0, 9), hours(3, 4), True),
        (hours(0, 2), hours(2, 4), False),
        (hours(0, 2), hours(5, 6), False),
        (hours(0), hours(0.5, 2), True),
        (hours(0), hours(1, 2), False),
        (hours(0), hours(0), True),
        (hours(0), hours(1), False),
        (hours(None), hours(0, 2), False),
        (hours(None), hours(None), False),
    ],
)
def test_nobody_keeps_two_schedules_at_one_time(
    one: Schedule, other: Schedule, *, do_overlap: bool
) -> None:
    assert one.overlaps(other) is do_overlap
    assert other.overlaps(one) is do_overlap


def test_a_visit_at_the_end_of_all_time_takes_what_is_left_of_it() -> None:
    last = datetime.max.replace(tzinfo=UTC) - timedelta(minutes=1)

    assert Schedule(starts_at=last).taken_time() == (last, datetime.max.replace(tzinfo=UTC))
