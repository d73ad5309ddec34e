"""Ranges of the numbers that a phone gives its fixes: acks and cursors are made of them."""

from collections.abc import Iterable
from typing import NamedTuple


class SeqRange(NamedTuple):
    """Numbers without a gap, both ends included."""

    first: int
    last: int


SeqRanges = tuple[SeqRange, ...]
"""In order, and never touching one another: two neighbours are one range."""


def ranges_of(numbers: Iterable[int]) -> SeqRanges:
    """Return the fewest ranges that hold exactly these numbers, given in any order."""
    ordered = sorted(numbers)
    if not ordered:
        return ()
    first = last = ordered[0]
    ranges: list[SeqRange] = []
    for number in ordered:
        if number > last + 1:
            ranges.append(SeqRange(first, last))
            first = number
        last = number
    ranges.append(SeqRange(first, last))
    return tuple(ranges)


def merge_ranges(*sides: SeqRanges) -> SeqRanges:
    """Return the fewest ranges that hold what any side holds."""
    ordered = sorted(item for side in sides for item in side)
    merged: list[SeqRange] = []
    for item in ordered:
        if merged and item.first <= merged[-1].last + 1:
            merged[-1] = SeqRange(merged[-1].first, max(merged[-1].last, item.last))
        else:
            merged.append(item)
    return tuple(merged)
