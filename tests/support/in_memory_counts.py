"""The common count of calls in memory; it can be out of order."""

from collections import Counter

from domain.errors import TemporaryError
from domain.limits.limit import Limit


class InMemoryCounts:
    """The domain's SharedCounts."""

    def __init__(self) -> None:
        self.is_down = False
        self.asked = 0
        self._taken: Counter[tuple[str, str, int]] = Counter()

    async def take(self, limit: Limit, key: str, *, window: int, calls: int) -> bool:
        self.asked += 1
        if self.is_down:
            raise TemporaryError("Nobody counts.")
        self._taken[limit.name, key, window] += calls
        return self._taken[limit.name, key, window] <= limit.calls
