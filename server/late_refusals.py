"""Refuses late who asks too often: they have to wait anyway, and a loop of theirs slows down.

A refusal takes the server half as long as an answer, most of it in gRPC. Whoever repeats a call as
soon as it is refused would hold up everybody else by that.
"""

import asyncio
import random
from collections.abc import Callable
from typing import NoReturn

from domain.limits.limit import LEAST_WAIT_SECONDS, CallLimitExceededError
from server.calls import Call

MOST_HELD = 1_000
"""So many refusals are held in one process at a time; the others are given at once."""


class LateRefusals:
    """Holds refusals for a part of the time that their callers are told to wait."""

    def __init__(
        self,
        longest_seconds: float,
        *,
        most: int = MOST_HELD,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._longest_seconds = longest_seconds
        self._most = most
        self._chance = chance
        self._held = 0

    async def refuse(self, call: Call, error: CallLimitExceededError) -> NoReturn:
        """Raise the error after a while; it tells the rest of the wait."""
        if self._held >= self._most:
            raise error
        seconds = self._seconds(call, error)
        self._held += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._held -= 1
        # How long calls take tells what the server had to do, and meanwhile it did nothing.
        call.started_at += seconds
        error.retry_after_seconds = max(LEAST_WAIT_SECONDS, error.retry_after_seconds - seconds)
        raise error

    def _seconds(self, call: Call, error: CallLimitExceededError) -> float:
        longest = min(self._longest_seconds, error.retry_after_seconds)
        remaining = call.context.time_remaining()
        if remaining is not None:
            # The caller shall hear it, and not run into its deadline.
            longest = min(longest, remaining / 2)
        # Calls that came together must not come back together.
        return longest * (0.5 + self._chance() / 2)
