"""What the sandbox has received: the newest requests, each with what became of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sandbox.calls import Fields


@dataclass(slots=True, kw_only=True)
class Received:
    number: int
    at: datetime
    service: str
    operation: str
    fields: Fields
    fault: str | None = None
    outcome: str = "working"
    status: int | None = None
    duration_ms: float | None = None

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "at": self.at.isoformat()}


class ReceivedLog:
    """A ring: when it is full, the oldest request makes room for the newest."""

    def __init__(self, size: int) -> None:
        self._ring: deque[Received] = deque(maxlen=size)
        self.total = 0

    def add(self, received: Received) -> None:
        self.total += 1
        self._ring.append(received)

    def newest_first(
        self, *, service: str | None = None, operation: str | None = None
    ) -> Iterator[Received]:
        for received in reversed(self._ring):
            if service in {None, received.service} and operation in {None, received.operation}:
                yield received

    def clear(self) -> None:
        self._ring.clear()
        self.total = 0
