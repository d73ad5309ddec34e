"""Runs tasks side by side, and those that may kill their process with nobody beside them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Isolation:
    """Many tasks at a time, or one alone; one that must be alone goes before those that come."""

    def __init__(self) -> None:
        self._running = 0
        self._waiting_alone = 0
        self._is_alone = False
        self._watchers: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def enter(self, *, alone: bool) -> AsyncIterator[None]:
        """Wait until the task may run; it runs inside the block."""
        if alone:
            await self._enter_alone()
        elif not self._may_enter():
            await self._until(self._may_enter)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._is_alone = False
            self._notify()

    def _may_enter(self) -> bool:
        return not self._is_alone and not self._waiting_alone

    async def _enter_alone(self) -> None:
        self._waiting_alone += 1
        try:
            await self._until(lambda: self._running == 0)
            self._is_alone = True
        finally:
            self._waiting_alone -= 1
            self._notify()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append(watcher)
            await watcher

    def _notify(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
