"""From which amount a final consumer must be identified: a legal threshold with its dates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class IdentificationThreshold:
    """In force from a day on; `total_minor` is in centavos of ARS, itself included."""

    valid_from: date
    total_minor: int


IDENTIFICATION_THRESHOLDS = (
    # RG 5700/2025, confirmed by RG 5866/2026.
    IdentificationThreshold(date(2025, 5, 29), 10_000_000_00),
)
"""Oldest first."""


def must_identify(total_minor: int, day: date) -> bool:
    """Tell whether a final consumer who pays this total on this day must be identified."""
    in_force = [rule for rule in IDENTIFICATION_THRESHOLDS if rule.valid_from <= day]
    threshold = in_force[-1] if in_force else IDENTIFICATION_THRESHOLDS[0]
    return total_minor >= threshold.total_minor
