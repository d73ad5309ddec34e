"""A rolling window forgets by tenths of itself."""

import pytest

from adapters.guarded_calls.outcomes import BUCKETS, OutcomeWindow

NOW = 1_795_000_000.0


def a_window(*, failures: int = 0, successes: int = 0, seconds: float = 0.25) -> OutcomeWindow:
    window = OutcomeWindow(seconds=60)
    for index in range(failures + successes):
        window = window.with_outcome(NOW, is_failure=index < failures, seconds=seconds)
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
    window = a_window(failures=1).with_outcome(NOW + later, is_failure=False, seconds=0.25)

    assert window.failure_percent(1) == percent


def test_it_never_holds_more_than_its_buckets() -> None:
    window = a_window()

    for second in range(1000):
        window = window.with_outcome(NOW + second, is_failure=False, seconds=0.25)

    assert len(window.buckets) <= BUCKETS


@pytest.mark.parametrize(
    ("failures", "successes", "seconds", "percent"),
    [(2, 0, 30, 100), (2, 0, 29.9, 0), (2, 2, 45, 50), (2, 3, 45, 40), (1, 0, 600, 0)],
)
def test_few_calls_tell_where_two_that_failed_took_a_windows_time(
    failures: int, successes: int, seconds: float, percent: int
) -> None:
    window = a_window(failures=failures, successes=successes, seconds=seconds)

    assert window.failure_percent(10) == percent


def test_calls_that_took_long_and_succeeded_are_no_sign_of_hanging() -> None:
    window = a_window(failures=2, successes=0).with_outcome(NOW, is_failure=False, seconds=600)

    assert window.failure_percent(10) == 0


def test_nothing_counted_tells_nothing() -> None:
    assert a_window().failure_percent(0) == 0
