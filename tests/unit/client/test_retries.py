"""Pauses between attempts."""

import pytest

from campotech_client.retries import RetryPolicy

POLICY = RetryPolicy(first_pause_seconds=0.1, longest_pause_seconds=5)


@pytest.mark.parametrize(("failures", "longest"), [(0, 0.1), (1, 0.2), (5, 3.2), (6, 5), (1000, 5)])
def test_pauses_grow_to_the_longest(failures: int, longest: float) -> None:
    pauses = [POLICY.pause_seconds(failures) for _ in range(200)]

    assert longest / 2 < max(pauses) <= longest


def test_pauses_differ_so_that_callers_do_not_come_back_together() -> None:
    pauses = {POLICY.pause_seconds(3) for _ in range(20)}

    assert len(pauses) == 20


def test_what_the_server_asks_for_is_the_least() -> None:
    pauses = [POLICY.pause_seconds(0, asked_for=2.0) for _ in range(50)]

    assert all(2.0 <= pause <= 2.1 for pause in pauses)
