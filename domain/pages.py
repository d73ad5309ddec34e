"""Pages of lists: bounded in size, continued from the last item seen and not from an offset."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items at most, and after which id (newest first, ids carry the time)."""

    size: int = 50
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, newest first; `next_after` continues the list, None ends it."""

    items: tuple[Item, ...]
    next_after: UUID | None = None
