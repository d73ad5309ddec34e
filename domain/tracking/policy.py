"""How often a phone measures and sends: the server decides, as it knows who is watching.

A phone's battery and its data plan pay for every fix, so a fix is asked for where somebody looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.tracking.fix import Fix

MOVING_DECIMETERS_PER_SECOND = 10
"""Slower than that is standing: GPS alone makes a phone on a table walk."""
STILL_AFTER_MICROSECONDS = 180_000_000
"""A red light is no stop: who stands for three minutes has arrived somewhere."""
LOW_BATTERY_PERCENT = 15
LOW_BATTERY_FACTOR = 3


class Mode(StrEnum):
    """How to send: over an open stream, or call, send and hang up."""

    STREAM = "STREAM"
    POLL = "POLL"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPolicy:
    mode: Mode = Mode.STREAM
    sample_seconds: int
    upload_seconds: int
    minimum_displacement_meters: float = 0.0


WATCHED_POLICY = TrackingPolicy(sample_seconds=5, upload_seconds=5)
DRIVING_POLICY = TrackingPolicy(
    sample_seconds=15, upload_seconds=60, minimum_displacement_meters=10.0
)
STILL_POLICY = TrackingPolicy(sample_seconds=300, upload_seconds=300)
POLL_POLICY = TrackingPolicy(mode=Mode.POLL, sample_seconds=30, upload_seconds=30)
FIRST_POLICY = DRIVING_POLICY
"""For a phone of which nothing is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a technician when a batch has come."""

    is_live_available: bool
    is_watched_en_route: bool
    """On the way to a customer while somebody of the business watches."""
    is_still: bool
    battery_percent: int | None = None


def decide_policy(situation: Situation) -> TrackingPolicy:
    """Return how the phone shall go on; the first line that applies decides."""
    policy = _policy_for(situation)
    battery = situation.battery_percent
    if battery is None or battery > LOW_BATTERY_PERCENT:
        return policy
    return replace(
        policy,
        sample_seconds=policy.sample_seconds * LOW_BATTERY_FACTOR,
        upload_seconds=policy.upload_seconds * LOW_BATTERY_FACTOR,
    )


def _policy_for(situation: Situation) -> TrackingPolicy:
    if not situation.is_live_available:
        return POLL_POLICY
    if situation.is_watched_en_route:
        return WATCHED_POLICY
    return STILL_POLICY if situation.is_still else DRIVING_POLICY


def still_since(before: int | None, fixes: Iterable[Fix]) -> int | None:
    """Return since when a phone has been standing, given what was known before these fixes.

    None means that it moved, or does not say.
    """
    since = before
    for fix in fixes:
        speed = fix.speed_decimeters_per_second
        if speed is None or speed >= MOVING_DECIMETERS_PER_SECOND:
            return None
        since = fix.recorded_at if since is None else min(since, fix.recorded_at)
    return since


def is_still(since: int | None, now: int) -> bool:
    """Tell whether somebody who has been standing since then has stopped, and is not waiting."""
    return since is not None and now - since >= STILL_AFTER_MICROSECONDS
