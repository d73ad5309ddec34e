"""Many durations in little room: buckets that grow by a fixed factor, and an exact sum."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, zip_longest

BUCKETS_PER_DOUBLING = 4
SMALLEST_SECONDS = 0.001
MOST_BUCKETS = 112
"""The last one takes whatever is longer than two and a half days."""
LARGEST_RELATIVE_ERROR = 2 ** (0.5 / BUCKETS_PER_DOUBLING) - 1
"""How far a quantile of more than a millisecond may be off, up and down: 9.1 %."""

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How many durations fell into each bucket; zeros at the end are left out."""

    buckets: tuple[int, ...] = ()
    microseconds: int = 0

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Durations":
        """Count durations, of which none is negative."""
        counts = [0] * MOST_BUCKETS
        microseconds = 0
        for each in seconds:
            counts[bucket_of(each)] += 1
            microseconds += round(each * _MICROSECONDS)
        return cls(buckets=_without_zeros_at_the_end(counts), microseconds=microseconds)

    @property
    def count(self) -> int:
        return sum(self.buckets)

    @property
    def seconds(self) -> float:
        """All of them together."""
        return self.microseconds / _MICROSECONDS

    @property
    def mean_seconds(self) -> float:
        """Return the mean, exactly; 0 if there are none."""
        return self.seconds / self.count if self.buckets else 0.0

    def quantile_seconds(self, quantile: float) -> float:
        """Return the middle of the bucket that holds the quantile; 0 if there are none."""
        if not self.buckets:
            return 0.0
        rank = quantile * self.count
        bucket = next(
            (place for place, seen in enumerate(accumulate(self.buckets)) if seen >= rank),
            len(self.buckets) - 1,
        )
        return _middle_of(bucket)

    def __add__(self, other: "Durations") -> "Durations":
        return Durations(
            buckets=tuple(a + b for a, b in zip_longest(self.buckets, other.buckets, fillvalue=0)),
            microseconds=self.microseconds + other.microseconds,
        )


NO_DURATIONS = Durations()


def bucket_of(seconds: float) -> int:
    """Return where a duration is counted: bucket 0 ends at a millisecond."""
    if seconds <= SMALLEST_SECONDS:
        return 0
    place = math.ceil(math.log2(seconds / SMALLEST_SECONDS) * BUCKETS_PER_DOUBLING)
    return min(place, MOST_BUCKETS - 1)


def _middle_of(bucket: int) -> float:
    if bucket == 0:
        return SMALLEST_SECONDS / 2
    return float(SMALLEST_SECONDS * 2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING))


def _without_zeros_at_the_end(counts: list[int]) -> tuple[int, ...]:
    used = max((place + 1 for place, count in enumerate(counts) if count), default=0)
    return tuple(counts[:used])
