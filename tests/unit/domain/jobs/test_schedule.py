"""Rules of schedules."""

from datetime import timedelta

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
