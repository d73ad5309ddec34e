"""A limit on calls, and what those are told who reach it."""

import math
from dataclasses import dataclass

from domain.errors import ExhaustedError

OPEN_STREAMS = "open_streams"

LEAST_WAIT_SECONDS = 0.1
"""Nobody is told to call again sooner."""
_SHARES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many calls in each window of so many seconds; `name` says whose: `caller`.

    `at_once` of them may be made in a moment at one process, the others as their time comes:
    evenly over the window, one by one. None stands for all of them.
    """

    name: str
    calls: int
    seconds: int
    at_once: int | None = None

    @property
    def share(self) -> int:
        """Return how many calls a process takes for itself at a time: one in twenty."""
        return max(1, self.calls // _SHARES)

    @property
    def per_second(self) -> float:
        """Return how many calls come due in a second."""
        return self.calls / self.seconds

    @property
    def most_due(self) -> float:
        """Return how many calls may have come due and not been made."""
        return math.inf if self.at_once is None else self.at_once

    @property
    def worth_returning_for(self) -> int:
        """Return for how many due calls it is worth to come back."""
        return 0 if self.at_once is None else min(self.at_once, self.calls)

    def due_at_first(self, *, was_reached: bool) -> float:
        """Return how many calls are due when a window begins.

        Whoever reached the limit in the window before begins with few: it was told to come now.
        """
        if was_reached and self.at_once is not None:
            return max(1, self.share // 2)
        return self.most_due


class LimitReachedError(ExhaustedError):
    """Whoever calls has no more of something for a while; `quota` says of what, in words.

    `limit` is what operators know it by.
    """

    def __init__(
        self, message: str, *, limit: str, retry_after_seconds: float, subject: str, quota: str
    ) -> None:
        super().__init__(
            message, retry_after_seconds=retry_after_seconds, subject=subject, quota=quota
        )
        self.limit = limit
        self.subject = subject
        self.quota = quota


class CallLimitExceededError(LimitReachedError):
    """More calls than the limit of a window."""

    reason = "CALL_LIMIT_EXCEEDED"

    def __init__(self, limit: Limit, *, retry_after_seconds: float) -> None:
        quota = f"{limit.calls} calls in {limit.seconds} seconds"
        super().__init__(
            f"Too many calls: this {limit.name} may make {quota}.",
            limit=limit.name,
            retry_after_seconds=retry_after_seconds,
            subject=limit.name,
            quota=quota,
        )


class StreamLimitExceededError(LimitReachedError):
    """More open streams than one caller may have."""

    reason = "STREAM_LIMIT_EXCEEDED"

    def __init__(self, most: int, *, retry_after_seconds: float) -> None:
        quota = f"{most} open streams"
        super().__init__(
            f"Too many open streams: a caller may have {most} on one server process.",
            limit=OPEN_STREAMS,
            retry_after_seconds=retry_after_seconds,
            subject="caller",
            quota=quota,
        )
