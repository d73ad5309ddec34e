"""Ranges hold exactly the numbers they were made of, in as few pieces as can be."""

import random
from itertools import pairwise

import pytest

from domain.tracking.ranges import SeqRange, SeqRanges, merge_ranges, ranges_of


def numbers_in(ranges: SeqRanges) -> list[int]:
    return [number for item in ranges for number in range(item.first, item.last + 1)]


def some_numbers(seed: int) -> list[int]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    wanted = chance.randrange(0, 60)
    return [chance.randrange(1, 80) for _ in range(wanted)]


def assert_in_order_and_apart(ranges: SeqRanges) -> None:
    assert all(item.first <= item.last for item in ranges)
    assert all(later.first > earlier.last + 1 for earlier, later in pairwise(ranges))


@pytest.mark.parametrize("seed", range(100))
def test_ranges_hold_exactly_the_numbers_they_were_made_of(seed: int) -> None:
    numbers = some_numbers(seed)

    ranges = ranges_of(numbers)

    assert numbers_in(ranges) == sorted(set(numbers))
    assert_in_order_and_apart(ranges)


@pytest.mark.parametrize("seed", range(100))
def test_merged_ranges_hold_what_any_side_holds(seed: int) -> None:
    left, right = some_numbers(seed), some_numbers(seed + 10_000)

    merged = merge_ranges(ranges_of(left), ranges_of(right))

    assert numbers_in(merged) == sorted({*left, *right})
    assert_in_order_and_apart(merged)


@pytest.mark.parametrize("seed", range(50))
def test_the_order_in_which_batches_come_does_not_matter(seed: int) -> None:
    first, second, third = (ranges_of(some_numbers(seed + step * 1000)) for step in range(3))

    forwards = merge_ranges(merge_ranges(first, second), third)
    backwards = merge_ranges(third, merge_ranges(second, first))

    assert forwards == backwards == merge_ranges(forwards, first)


def test_neighbours_are_one_range() -> None:
    ranges = merge_ranges((SeqRange(1, 3),), (SeqRange(4, 6), SeqRange(8, 9)))

    assert ranges == (SeqRange(1, 6), SeqRange(8, 9))


def test_no_numbers_are_no_ranges() -> None:
    assert ranges_of([]) == ()
    assert merge_ranges((), ()) == ()
