"""Noting what an outside service said, however long the store is away: nobody else knows it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import TemporaryError

RETRY_SECONDS = 1.0

Noted = TypeVar("Noted")


async def insist(note: Callable[[], Awaitable[Noted]]) -> Noted:
    """Repeat until the store takes it.

    The attempt of a task ends it at the latest: a worker cancels that when the task is not its own
    any more, and when it stops.
    """
    while True:
        try:
            return await note()
        except TemporaryError as error:
            await asyncio.sleep(error.retry_after_seconds or RETRY_SECONDS)
