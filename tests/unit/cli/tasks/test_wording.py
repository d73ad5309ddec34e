import pytest

from cli.tasks.wording import per_time, short_span


@pytest.mark.parametrize(
    ("per_second", "said"),
    [
        (0.0, ""),
        (25.0, "25.0/s"),
        (0.5, "30.0/min"),
        (0.01, "36.0/h"),
        (2 / 86_400, "2.0/day"),
    ],
)
def test_a_rate_is_said_by_the_unit_in_which_there_is_one(per_second: float, said: str) -> None:
    assert per_time(per_second) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.0145, "14 ms"), (1.0, "1.0 s"), (120, "2 min")])
def test_what_takes_less_than_a_second_is_said_in_milliseconds(seconds: float, said: str) -> None:
    assert short_span(seconds) == said
