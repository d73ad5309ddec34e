"""How calls ended, counted over a rolling window in a handful of buckets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

BUCKETS = 10
"""The window rolls by a tenth of itself."""
MANY_HANGING = 2
"""One call that hung may have been the call's own fault, however long it took."""


class Bucket(NamedTuple):
    """How many calls ended each way in a tenth of the window."""

    successes: int = 0
    failures: int = 0
    failed_ms: int = 0
    """How long those that failed took, together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWindow:
    """The outcomes of the last `seconds`; buckets are numbered by the time they begin at."""

    seconds: float
    buckets: Mapping[int, Bucket] = field(default_factory=dict)

    def bucket_at(self, moment: float) -> int:
        """Return the number of the bucket that a moment, in seconds since the epoch, lies in."""
        return int(moment * BUCKETS // self.seconds)

    def with_outcome(self, moment: float, *, is_failure: bool, seconds: float) -> Self:
        """Return the window after one more outcome, and without those that are too old."""
        now = self.bucket_at(moment)
        kept = {number: each for number, each in self.buckets.items() if number > now - BUCKETS}
        successes, failures, failed_ms = kept.get(now, Bucket())
        if is_failure:
            kept[now] = Bucket(successes, failures + 1, failed_ms + round(seconds * 1000))
        else:
            kept[now] = Bucket(successes + 1, failures, failed_ms)
        return replace(self, buckets=kept)

    def failure_percent(self, minimum_calls: int) -> int:
        """Return how many of a hundred calls failed, 0 while there were too few to tell.

        Of a service that hangs few calls ever come to an end; so failures that took a window's
        time together are enough too, two of them at least.
        """
        failures = sum(each.failures for each in self.buckets.values())
        calls = failures + sum(each.successes for each in self.buckets.values())
        failed_seconds = sum(each.failed_ms for each in self.buckets.values()) / 1000
        is_hanging = failures >= MANY_HANGING and failed_seconds >= self.seconds
        if calls == 0 or (calls < minimum_calls and not is_hanging):
            return 0
        return 100 * failures // calls
