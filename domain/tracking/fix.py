"""Fixes: single measurements of a phone, and which of them can be stored or shown.

Thousands come in every second, so a fix is a plain tuple of integers in the units it is stored in,
and moments are Unix microseconds.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

MAX_SEQ = 2**31 - 2
"""A fix every second for 68 years in four bytes; a range of Postgres needs the number after it."""
MAX_DECIMETERS = 2**15 - 1
"""An accuracy worse than 3.2 km is stored as 3.2 km: it says that nobody knows."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEPT_HOT_MICROSECONDS = timedelta(days=90) // _MICROSECOND
FARTHEST_AHEAD_MICROSECONDS = timedelta(days=1) // _MICROSECOND
LIVE_AHEAD_MICROSECONDS = timedelta(minutes=1) // _MICROSECOND
"""Phones' clocks differ by seconds; one that is further ahead would hide every later fix."""


class Fix(NamedTuple):
    """One position, as a phone measured it; None where it did not say."""

    seq: int
    recorded_at: int
    """Unix microseconds by the phone's clock, never corrected."""
    latitude_e7: int
    longitude_e7: int
    accuracy_decimeters: int | None = None
    speed_decimeters_per_second: int | None = None
    heading_decidegrees: int | None = None
    battery_percent: int | None = None
    is_mock: bool = False


class RejectionReason(StrEnum):
    """Why a fix will never be stored."""

    TOO_FAR_IN_FUTURE = "TOO_FAR_IN_FUTURE"
    TOO_OLD = "TOO_OLD"


class RejectedFix(NamedTuple):
    seq: int
    reason: RejectionReason


class SiftedFixes(NamedTuple):
    """Fixes to store and fixes to refuse."""

    accepted: tuple[Fix, ...]
    rejected: tuple[RejectedFix, ...]


def unix_microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def sift_fixes(fixes: Sequence[Fix], now: int) -> SiftedFixes:
    """Part the fixes that have a place in the hot partitions from those that never will."""
    oldest, latest = now - KEPT_HOT_MICROSECONDS, now + FARTHEST_AHEAD_MICROSECONDS
    accepted: list[Fix] = []
    rejected: list[RejectedFix] = []
    for fix in fixes:
        if oldest <= fix.recorded_at <= latest:
            accepted.append(fix)
        elif fix.recorded_at < oldest:
            rejected.append(RejectedFix(fix.seq, RejectionReason.TOO_OLD))
        else:
            rejected.append(RejectedFix(fix.seq, RejectionReason.TOO_FAR_IN_FUTURE))
    return SiftedFixes(tuple(accepted), tuple(rejected))


def newest_live_fix(fixes: Sequence[Fix], now: int) -> Fix | None:
    """Return the newest fix that may be shown as where somebody is now."""
    latest = now + LIVE_AHEAD_MICROSECONDS
    return max(
        (fix for fix in fixes if fix.recorded_at <= latest),
        key=lambda fix: fix.recorded_at,
        default=None,
    )
