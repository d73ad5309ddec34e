"""When a failed call is made again: how often, after which pause, and when not."""

import random
from dataclasses import dataclass

from campotech_client.errors import CampoTechError, ExhaustedError, UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Pauses that double from the first to the longest, each cut to a random part of itself.

    The randomness keeps a thousand phones that lost the same server from coming back at once.
    """

    max_attempts: int = 8
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 5.0

    def pause_seconds(self, failures: int, *, asked_for: float | None = None) -> float:
        """Return how long to wait after so many failures in a row.

        What the server asks for is a least: the random part comes on top.
        """
        # Beyond 2**30 the longest pause has long been reached.
        longest = min(self.longest_pause_seconds, self.first_pause_seconds * 2 ** min(failures, 30))
        jitter = random.uniform(0, longest)  # noqa: S311  # a pause is no secret
        return (asked_for or 0.0) + jitter


def may_succeed_later(error: CampoTechError) -> bool:
    """Tell whether the same call, made again after a pause, may well succeed."""
    if isinstance(error, ExhaustedError):
        # Without a time the request itself is too large, and will be the next time.
        return error.retry_after_seconds is not None
    return isinstance(error, UnavailableError)
