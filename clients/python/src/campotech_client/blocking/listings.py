"""Lists that fetch their pages as they are read, for callers who wait."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.listings import Listing, Page

ItemT = TypeVar("ItemT")


class BlockingListing(Generic[ItemT]):
    """A list to walk through with `for`; each walk begins anew."""

    def __init__(self, loop: BackgroundLoop, listing: Listing[ItemT]) -> None:
        self._loop = loop
        self._listing = listing

    def __iter__(self) -> Iterator[ItemT]:
        for page in self.pages():
            yield from page.items

    def pages(self, *, page_token: str = "") -> Iterator[Page[ItemT]]:  # no password
        """Walk page by page, from where `page_token` of an earlier walk says."""
        while True:
            page = self._loop.run(self._listing.page(page_token))
            yield page
            page_token = page.next_page_token
            if not page_token:
                return

    def first(self, count: int = 1) -> list[ItemT]:
        """Return the newest items, at most so many."""
        return self._loop.run(self._listing.first(count))
