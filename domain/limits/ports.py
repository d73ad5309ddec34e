"""What limits need from outside: a count that all processes share."""

from typing import Protocol

from domain.limits.limit import Limit


class SharedCounts(Protocol):
    """How much of each limit was taken by all processes together."""

    async def take(self, limit: Limit, key: str, *, window: int, calls: int) -> bool:
        """Take calls out of a key's limit in a window; return whether they were within it.

        Once it was not, nothing is until the next window. Raises TemporaryError, within a fraction
        of a second, when the count cannot be had.
        """
        ...
