"""Hands things from code that must not wait to a task that talks to Redis."""

import asyncio
from collections.abc import Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class HandOff(Generic[Key, Value]):
    """The newest value of each key, bounded: when it is full, whoever waits longest is left out.

    It belongs to one event loop.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Key, Value] = {}
        self._has_some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, key: Key, value: Value) -> None:
        self._waiting[key] = value
        if len(self._waiting) > self._limit:
            del self._waiting[next(iter(self._waiting))]
        self._has_some.set()

    def put_back(self, taken: Mapping[Key, Value]) -> None:
        """Keep what could not be handed on, unless something newer came or there is no room."""
        for key, value in taken.items():
            if key not in self._waiting and len(self._waiting) < self._limit:
                self.put(key, value)

    async def take(self, at_most: int) -> dict[Key, Value]:
        """Wait until there is something; return the oldest keys with their newest values."""
        await self._has_some.wait()
        if len(self._waiting) <= at_most:
            taken, self._waiting = self._waiting, {}
        else:
            keys = [key for key, _ in zip(self._waiting, range(at_most), strict=False)]
            taken = {key: self._waiting.pop(key) for key in keys}
        if not self._waiting:
            self._has_some.clear()
        return taken
