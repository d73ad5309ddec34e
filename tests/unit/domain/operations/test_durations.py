import random

import pytest

from domain.operations.durations import LARGEST_RELATIVE_ERROR, Durations


def quantile_of(seconds: list[float], quantile: float) -> float:
    return sorted(seconds)[int(quantile * len(seconds))]


@pytest.mark.parametrize("quantile", [0.01, 0.5, 0.95, 0.99])
@pytest.mark.parametrize("mean_seconds", [0.05, 3.0, 4000.0])
def test_a_quantile_is_off_by_no_more_than_the_stated_error(
    mean_seconds: float, quantile: float
) -> None:
    chance = random.Random(7)  # noqa: S311 -- the same numbers in every run
    seconds = [0.001 + chance.expovariate(1 / mean_seconds) for _ in range(5001)]
    exact = quantile_of(seconds, quantile)

    found = Durations.of(seconds).quantile_seconds(quantile)

    assert exact / (1 + LARGEST_RELATIVE_ERROR) * 0.999 <= found
    assert found <= exact * (1 + LARGEST_RELATIVE_ERROR) * 1.001


def test_the_mean_is_exact() -> None:
    durations = Durations.of([0.25, 0.75, 2.0])

    assert durations.mean_seconds == 1.0


def test_what_is_added_up_is_as_if_it_had_been_counted_together() -> None:
    some, others = [0.002, 0.004, 90.0], [0.0005, 1.0]

    together = Durations.of(some) + Durations.of(others)

    assert together == Durations.of(some + others)


def test_without_durations_everything_is_zero() -> None:
    none = Durations.of([])

    assert (none.count, none.mean_seconds, none.quantile_seconds(0.95)) == (0, 0.0, 0.0)
    assert none == Durations()


def test_what_lasts_for_a_week_is_counted_as_longest() -> None:
    durations = Durations.of([7 * 86_400.0])

    assert durations.count == 1
    assert durations.quantile_seconds(0.5) > 86_400
