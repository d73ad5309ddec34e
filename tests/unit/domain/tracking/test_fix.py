"""Which fixes are stored, refused and shown, whatever the phone's clock says."""

import pytest

from domain.tracking.fix import RejectedFix, RejectionReason, newest_live_fix, sift_fixes
from tests.support.tracking_builders import DAY, MINUTE, NOON, SECOND, a_fix


@pytest.mark.parametrize(
    ("offset", "reason"),
    [
        (0, None),
        (-90 * DAY, None),
        (-90 * DAY - 1, RejectionReason.TOO_OLD),
        (DAY, None),
        (DAY + 1, RejectionReason.TOO_FAR_IN_FUTURE),
        (10_000 * DAY, RejectionReason.TOO_FAR_IN_FUTURE),
        (-20_000 * DAY, RejectionReason.TOO_OLD),
    ],
)
def test_only_fixes_with_a_hot_partition_are_stored(
    offset: int, reason: RejectionReason | None
) -> None:
    fix = a_fix(7, recorded_at=NOON + offset)

    accepted, rejected = sift_fixes([fix], NOON)

    assert accepted == ((fix,) if reason is None else ())
    assert rejected == (() if reason is None else (RejectedFix(7, reason),))


def test_one_bad_fix_does_not_take_the_others_with_it() -> None:
    good, bad = a_fix(1, recorded_at=NOON), a_fix(2, recorded_at=NOON + 2 * DAY)

    accepted, rejected = sift_fixes([good, bad, good], NOON)

    assert accepted == (good, good)
    assert [fix.seq for fix in rejected] == [2]


def test_the_newest_fix_is_shown_wherever_it_stands_in_the_batch() -> None:
    fixes = [a_fix(seq, recorded_at=NOON - age * SECOND) for seq, age in ((1, 5), (2, 1), (3, 9))]

    assert newest_live_fix(fixes, NOON) == fixes[1]


def test_a_fix_from_the_future_is_not_shown() -> None:
    early = a_fix(1, recorded_at=NOON)
    ahead = a_fix(2, recorded_at=NOON + MINUTE + 1)

    assert newest_live_fix([early, ahead], NOON) == early
    assert newest_live_fix([ahead], NOON) is None


def test_a_clock_some_seconds_ahead_is_trusted() -> None:
    fix = a_fix(recorded_at=NOON + MINUTE)

    assert newest_live_fix([fix], NOON) == fix
