"""Waiting for what other processes do, never longer than a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.02


def eventually(condition: Callable[[], bool], *, within_seconds: float = 10) -> bool:
    """Return True as soon as the condition holds, False when the time is over."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


async def eventually_true(
    condition: Callable[[], Awaitable[bool]], *, within_seconds: float = 10
) -> bool:
    """Do the same for a condition that has to be awaited."""
    deadline = time.monotonic() + within_seconds
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
