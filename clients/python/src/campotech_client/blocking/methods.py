"""Turns a method of an asynchronous service into one that waits, with the very same parameters."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.blocking.listings import BlockingListing
from campotech_client.blocking.watches import BlockingWatch
from campotech_client.listings import Listing
from campotech_client.watches import Watch

P = ParamSpec("P")
ClientT = TypeVar("ClientT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class BlockingService(Generic[ClientT]):
    """A service of the contract; `asynchronous` is the one underneath."""

    def __init__(self, loop: BackgroundLoop, asynchronous: ClientT) -> None:
        self.loop = loop
        self.asynchronous = asynchronous


class Call(Generic[ClientT, P, ResultT]):
    """A method that waits for what the asynchronous one returns."""

    def __init__(
        self, method: Callable[Concatenate[ClientT, P], Coroutine[Any, Any, ResultT]]
    ) -> None:
        self._method = method

    def __get__(self, service: BlockingService[ClientT], _: object) -> Callable[P, ResultT]:
        @wraps(self._method)
        def call(*args: P.args, **kwargs: P.kwargs) -> ResultT:
            return service.loop.run(self._method(service.asynchronous, *args, **kwargs))

        return call


class Lists(Generic[ClientT, P, ItemT]):
    """A method that returns a list to walk through with `for`."""

    def __init__(self, method: Callable[Concatenate[ClientT, P], Listing[ItemT]]) -> None:
        self._method = method

    def __get__(
        self, service: BlockingService[ClientT], _: object
    ) -> Callable[P, BlockingListing[ItemT]]:
        @wraps(self._method)
        def listed(*args: P.args, **kwargs: P.kwargs) -> BlockingListing[ItemT]:
            listing = self._method(service.asynchronous, *args, **kwargs)
            return BlockingListing(service.loop, listing)

        return listed


class Watches(Generic[ClientT, P, ItemT]):
    """A method that returns a stream to walk through with `for`."""

    def __init__(self, method: Callable[Concatenate[ClientT, P], Watch[Any, Any, ItemT]]) -> None:
        self._method = method

    def __get__(
        self, service: BlockingService[ClientT], _: object
    ) -> Callable[P, BlockingWatch[ItemT]]:
        @wraps(self._method)
        def watched(*args: P.args, **kwargs: P.kwargs) -> BlockingWatch[ItemT]:
            watch = self._method(service.asynchronous, *args, **kwargs)
            return BlockingWatch(service.loop, watch)

        return watched
