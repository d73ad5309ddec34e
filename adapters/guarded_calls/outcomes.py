"""How calls ended, counted over a rolling window in a handful of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

BUCKETS = 10
"""The window rolls by a tenth of itself."""


class Bucket(NamedTuple):
    """How many calls ended each way in a tenth of the window."""

    successes: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWindow:
    """The outcomes of the last `seconds`; buckets are numbered by the time they begin at."""

    seconds: float
    buckets: Mapping[int, Bucket] = field(default_factory=dict)

    def bucket_at(self, moment: float) -> int:
        """Return the number of the bucket that a moment, in seconds since the epoch, lies in."""
        return int(moment * BUCKETS // self.seconds)

    def with_outcome(self, moment: float, *, is_failure: bool) -> Self:
        """Return the window after one more outcome, and without those that are too old."""
        now = self.bucket_at(moment)
        kept = {number: each for number, each in self.buckets.items() if number > now - BUCKETS}
        successes, failures = kept.get(now, Bucket())
        kept[now] = Bucket(successes + (not is_failure), failures + is_failure)
        return replace(self, buckets=kept)

    def failure_percent(self, minimum_calls: int) -> int:
        """Return how many of a hundred calls failed, 0 while there were too few to tell.

        One failure alone tells nothing either, unless a single call is enough.
        """
        failures = sum(each.failures for each in self.buckets.values())
        calls = failures + sum(each.successes for each in self.buckets.values())
        is_telling = calls >= max(minimum_calls, 1) and failures >= min(minimum_calls, 2)
        return 100 * failures // calls if is_telling else 0
