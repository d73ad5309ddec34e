"""How often a phone measures and sends, in every situation the server knows."""

import pytest

from domain.tracking.policy import (
    DRIVING_POLICY,
    POLL_POLICY,
    STILL_POLICY,
    WATCHED_POLICY,
    Mode,
    Situation,
    TrackingPolicy,
    decide_policy,
    is_still,
    still_since,
)
from tests.support.tracking_builders import MINUTE, NOON, SECOND, a_fix


@pytest.mark.parametrize("is_still", [False, True])
@pytest.mark.parametrize("is_watched_en_route", [False, True])
@pytest.mark.parametrize("is_live_available", [False, True])
def test_the_first_line_of_the_table_that_applies_decides(
    *, is_live_available: bool, is_watched_en_route: bool, is_still: bool
) -> None:
    situation = Situation(
        is_live_available=is_live_available,
        is_watched_en_route=is_watched_en_route,
        is_still=is_still,
    )

    policy = decide_policy(situation)

    expected = STILL_POLICY if is_still else DRIVING_POLICY
    if is_watched_en_route:
        expected = WATCHED_POLICY
    if not is_live_available:
        expected = POLL_POLICY
    assert policy == expected


@pytest.mark.parametrize(
    ("policy", "mode", "sample_seconds", "upload_seconds"),
    [
        (WATCHED_POLICY, Mode.STREAM, 5, 5),
        (DRIVING_POLICY, Mode.STREAM, 15, 60),
        (STILL_POLICY, Mode.STREAM, 300, 300),
        (POLL_POLICY, Mode.POLL, 30, 30),
    ],
)
def test_the_intervals_are_those_promised(
    policy: TrackingPolicy, mode: Mode, sample_seconds: int, upload_seconds: int
) -> None:
    assert (policy.mode, policy.sample_seconds, policy.upload_seconds) == (
        mode,
        sample_seconds,
        upload_seconds,
    )


@pytest.mark.parametrize(("battery", "upload_seconds"), [(None, 5), (16, 5), (15, 15), (0, 15)])
def test_a_low_battery_is_spared(battery: int | None, upload_seconds: int) -> None:
    situation = Situation(
        is_live_available=True, is_watched_en_route=True, is_still=False, battery_percent=battery
    )

    assert decide_policy(situation).upload_seconds == upload_seconds


def test_who_has_stood_for_three_minutes_is_still() -> None:
    since = still_since(None, [a_fix(recorded_at=NOON, speed_decimeters_per_second=3)])

    assert not is_still(since, NOON + 3 * MINUTE - 1)
    assert is_still(since, NOON + 3 * MINUTE)


def test_standing_is_counted_from_its_first_fix() -> None:
    first = still_since(None, [a_fix(recorded_at=NOON, speed_decimeters_per_second=0)])

    later = still_since(first, [a_fix(recorded_at=NOON + MINUTE, speed_decimeters_per_second=0)])

    assert later == NOON


@pytest.mark.parametrize("speed", [10, 200, None])
def test_one_fix_that_moves_ends_the_standing(speed: int | None) -> None:
    fixes = [
        a_fix(1, recorded_at=NOON + SECOND, speed_decimeters_per_second=0),
        a_fix(2, recorded_at=NOON + 2 * SECOND, speed_decimeters_per_second=speed),
        a_fix(3, recorded_at=NOON + 3 * SECOND, speed_decimeters_per_second=0),
    ]

    since = still_since(NOON, fixes)

    assert since is None
    assert not is_still(since, NOON + MINUTE)
