"""Runs tasks side by side, and those that may kill their process with nobody beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Isolation:
    """Many tasks at a time, or one alone; one that must be alone goes before those that come."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._running = 0
        self._waiting_alone = 0
        self._is_alone = False

    @asynccontextmanager
    async def enter(self, *, alone: bool) -> AsyncIterator[None]:
        """Wait until the task may run; it runs inside the block."""
        await (self._enter_alone() if alone else self._enter_beside_others())
        try:
            yield
        finally:
            async with self._changed:
                self._running -= 1
                self._is_alone = False
                self._changed.notify_all()

    async def _enter_alone(self) -> None:
        async with self._changed:
            self._waiting_alone += 1
            try:
                await self._changed.wait_for(lambda: self._running == 0)
            finally:
                self._waiting_alone -= 1
                self._changed.notify_all()
            self._running += 1
            self._is_alone = True

    async def _enter_beside_others(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_alone and not self._waiting_alone)
            self._running += 1
