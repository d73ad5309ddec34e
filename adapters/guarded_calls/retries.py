"""When a failed call is made again: full jitter, and never sooner than the service asks."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """How often a call is made that may be repeated."""

    tries: int = 1
    first_backoff_seconds: float = 0.5
    longest_backoff_seconds: float = 5.0

    def pause_seconds(
        self, error: BaseException, *, tries: int, chance: Callable[[], float]
    ) -> float | None:
        """Return how long to wait after so many tries, None if that was the last one."""
        if tries >= self.tries:
            return None
        longest = min(self.first_backoff_seconds * (1 << (tries - 1)), self.longest_backoff_seconds)
        return max(longest * chance(), asked_for_seconds(error))


def asked_for_seconds(error: BaseException) -> float:
    """Return how long a service asked to be left alone, 0 if it did not."""
    return getattr(error, "retry_after_seconds", None) or 0.0
