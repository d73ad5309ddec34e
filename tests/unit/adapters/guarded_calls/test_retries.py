"""Pauses between tries grow, are drawn by chance, and heed what a service asks for."""

import pytest

from adapters.guarded_calls.retries import RetryRule
from domain.errors import TemporaryError

RULE = RetryRule(tries=5, first_backoff_seconds=1.0, longest_backoff_seconds=3.0)


@pytest.mark.parametrize(("tries", "longest"), [(1, 1.0), (2, 2.0), (3, 3.0), (4, 3.0)])
def test_a_pause_is_drawn_from_a_growing_range(tries: int, longest: float) -> None:
    chances = iter((0.0, 0.5, 1.0))

    drawn = [
        RULE.pause_seconds(TemporaryError("busy"), tries=tries, chance=lambda: next(chances))
        for _ in range(3)
    ]

    assert drawn == [0.0, longest / 2, longest]


def test_a_service_is_never_asked_sooner_than_it_said() -> None:
    error = TemporaryError("busy", retry_after_seconds=17)

    assert RULE.pause_seconds(error, tries=1, chance=lambda: 1.0) == 17


def test_after_the_last_try_there_is_no_pause() -> None:
    assert RULE.pause_seconds(TemporaryError("busy"), tries=5, chance=lambda: 0.0) is None
