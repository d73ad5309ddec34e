"""Streams that go on after a break, for callers who wait."""

from collections.abc import Iterator
from typing import Any, Generic, Self, TypeVar

from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.watches import Watch

ItemT = TypeVar("ItemT")


class BlockingWatch(Generic[ItemT]):
    """An endless `for` over what the server tells; it reconnects by itself.

    Another thread may close it, and then the walk ends.
    """

    def __init__(self, loop: BackgroundLoop, watch: Watch[Any, Any, ItemT]) -> None:
        self._loop = loop
        self._watch = watch

    def begin(self) -> None:
        """Wait until the server has answered: from here on nothing is missed."""
        self._loop.run(self._watch.begin())

    def close(self) -> None:
        """Hang up; whoever walks the watch comes to its end."""
        self._loop.run(self._watch.aclose())

    def __iter__(self) -> Iterator[ItemT]:
        return self

    def __next__(self) -> ItemT:
        try:
            return self._loop.run(self._watch.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
