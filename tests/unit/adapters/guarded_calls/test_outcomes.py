"""A rolling window forgets by tenths of itself."""

import pytest

from adapters.guarded_calls.outcomes import BUCKETS, OutcomeWindow

NOW = 1_795_000_000.0


def a_window(*, failures: int = 0, successes: int = 0) -> OutcomeWindow:
    window = OutcomeWindow(seconds=60)
    for index in range(failures + successes):
        window = window.with_outcome(NOW, is_failure=index < failures)
    return window


@pytest.mark.parametrize(
    ("failures", "calls", "percent"), [(0, 10, 0), (5, 10, 50), (10, 10, 100), (1, 3, 33)]
)
def test_it_tells_how_many_of_a_hundred_calls_failed(
    failures: int, calls: int, percent: int
) -> None:
    window = a_window(failures=failures, successes=calls - failures)

    assert window.failure_percent(1) == percent


def test_too_few_calls_tell_nothing() -> None:
    window = a_window(failures=2)

    assert (window.failure_percent(3), window.failure_percent(2)) == (0, 100)


@pytest.mark.parametrize(("later", "percent"), [(53.9, 50), (60, 0), (600, 0)])
def test_what_is_older_than_the_window_is_forgotten(later: float, percent: int) -> None:
    window = a_window(failures=1).with_outcome(NOW + later, is_failure=False)

    assert window.failure_percent(1) == percent


def test_it_never_holds_more_than_its_buckets() -> None:
    window = a_window()

    for second in range(1000):
        window = window.with_outcome(NOW + second, is_failure=False)

    assert len(window.buckets) <= BUCKETS


@pytest.mark.parametrize(("minimum", "percent"), [(1, 50), (2, 0)])
def test_one_failure_alone_tells_nothing_unless_one_call_is_enough(
    minimum: int, percent: int
) -> None:
    window = a_window(failures=1, successes=1)

    assert window.failure_percent(minimum) == percent
