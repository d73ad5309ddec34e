"""When the tokens of open streams expire: a timer for each second in which some do."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

StreamTask: TypeAlias = asyncio.Task[Any]
"""What serves a stream; it returns whatever its handler does."""


@dataclass(frozen=True, slots=True)
class _Second:
    timer: asyncio.TimerHandle
    streams: set[StreamTask]


class StreamExpiries:
    """Calls `end` for each stream whose time is over, at the full second.

    A timer of its own for each would be dear: a hundred thousand streams may be open.
    """

    def __init__(self, end: Callable[[StreamTask], None], *, clock: Callable[[], float]) -> None:
        self._end = end
        self._clock = clock
        self._seconds: dict[int, _Second] = {}

    def add(self, stream: StreamTask, expires_at: float) -> None:
        """Have a stream ended at this time (Unix), which may be never: infinity."""
        if math.isinf(expires_at):
            return
        second = math.ceil(expires_at)
        known = self._seconds.get(second)
        if known is None:
            known = self._seconds[second] = _Second(self._timer(second), set())
        known.streams.add(stream)

    def remove(self, stream: StreamTask, expires_at: float) -> None:
        """Forget a stream that has ended."""
        if math.isinf(expires_at):
            return
        second = math.ceil(expires_at)
        known = self._seconds.get(second)
        if known is None:
            return
        known.streams.discard(stream)
        if not known.streams:
            known.timer.cancel()
            del self._seconds[second]

    def _timer(self, second: int) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(max(0.0, second - self._clock()), self._expire, second)

    def _expire(self, second: int) -> None:
        expired = self._seconds.pop(second)
        # The loop's clock is another one. Who was ended too soon would be let in again at once.
        if self._clock() < second:
            self._seconds[second] = _Second(self._timer(second), expired.streams)
            return
        for stream in expired.streams:
            self._end(stream)
