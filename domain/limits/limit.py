"""A limit on calls, and what those are told who reach it."""

from dataclasses import dataclass

from domain.errors import ExhaustedError

_SHARES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many calls in each window of so many seconds; `name` says whose: `caller`.

    `at_once` of them may be made in a moment at one process, the others as their time comes:
    evenly over the window. None stands for all of them.
    """

    name: str
    calls: int
    seconds: int
    at_once: int | None = None

    @property
    def share(self) -> int:
        """Return how many calls a process takes for itself at a time: one in twenty."""
        return max(1, self.calls // _SHARES)

    def seconds_until(self, calls: int, *, was_reached: bool) -> float:
        """Return how long after a window's beginning a process may have granted so many calls.

        Whoever reached the limit in the window before has only two shares at once in this one.
        """
        if self.at_once is None or calls > self.calls:
            return 0.0
        at_once = 2 * self.share if was_reached else self.at_once
        return max(0.0, (calls - at_once) * self.seconds / self.calls)


class LimitReachedError(ExhaustedError):
    """Whoever calls has no more of something for a while; `quota` says of what, in words."""

    def __init__(
        self, message: str, *, retry_after_seconds: float, subject: str, quota: str
    ) -> None:
        super().__init__(
            message, retry_after_seconds=retry_after_seconds, subject=subject, quota=quota
        )
        self.subject = subject
        self.quota = quota


class CallLimitExceededError(LimitReachedError):
    """More calls than the limit of a window."""

    reason = "CALL_LIMIT_EXCEEDED"

    def __init__(self, limit: Limit, *, retry_after_seconds: float) -> None:
        quota = f"{limit.calls} calls in {limit.seconds} seconds"
        super().__init__(
            f"Too many calls: this {limit.name} may make {quota}.",
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
            retry_after_seconds=retry_after_seconds,
            subject="caller",
            quota=quota,
        )
