"""Lists that fetch their pages as they are read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Some items of a list, and where the next page begins; empty: there is none."""

    items: Sequence[ItemT]
    next_page_token: str


class Listing(Generic[ItemT]):
    """A list to walk through with `async for`; each walk begins with the newest item.

    Walking raises what the calls raise: InvalidInputError for wrong filters, PermissionDeniedError.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[Page[ItemT]]]) -> None:
        self._fetch = fetch

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def page(self, page_token: str = "") -> Page[ItemT]:  # no password
        """Return one page: the first, or the one that `next_page_token` of another names."""
        return await self._fetch(page_token)

    async def pages(self, *, page_token: str = "") -> AsyncIterator[Page[ItemT]]:  # no password
        """Walk page by page, from where `page_token` of an earlier walk says."""
        while True:
            page = await self.page(page_token)
            yield page
            page_token = page.next_page_token
            if not page_token:
                return

    async def first(self, count: int = 1) -> list[ItemT]:
        """Return the newest items, at most so many."""
        found: list[ItemT] = []
        async for page in self.pages():
            found.extend(page.items)
            if len(found) >= count:
                break
        return found[:count]
