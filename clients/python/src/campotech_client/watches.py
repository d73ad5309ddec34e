"""Streams that go on: after a break they reconnect and continue where they were."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import Generic, Self, TypeVar, cast

import grpc

from campotech_client.connection import CallMetadata, Connection
from campotech_client.errors import CampoTechError
from campotech_client.retries import may_succeed_later
from campotech_client.statuses import connection_lost, stream_error_of

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
ItemT = TypeVar("ItemT")

LONGEST_SILENCE_SECONDS = 60.0
"""The server sends heartbeats more often: who is silent for longer is gone."""


class Watch(ABC, Generic[RequestT, ResponseT, ItemT]):
    """An endless `async for` over what a server stream tells.

    It reconnects by itself, with growing pauses, and ends only by an error that a repeat cannot
    cure, by `aclose()`, or once it has been without connection for `patience_seconds`.
    """

    def __init__(
        self,
        connection: Connection,
        method: grpc.aio.UnaryStreamMultiCallable[RequestT, ResponseT],
        *,
        patience_seconds: float | None,
    ) -> None:
        self._connection = connection
        self._method = method
        self._patience_seconds = patience_seconds
        self._call: grpc.aio.UnaryStreamCall[RequestT, ResponseT] | None = None
        self._is_call_answered = False
        self._untold: deque[ItemT] = deque()
        self._failures = 0
        self._failing_since: float | None = None
        self._has_begun = False
        self._is_closed = False

    async def begin(self) -> None:
        """Wait until the server has answered: from here on nothing is missed."""
        while not self._has_begun:
            self._take(await self._read())

    async def aclose(self) -> None:
        """Hang up; whoever walks the watch comes to its end."""
        self._is_closed = True
        self._hang_up()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ItemT:
        try:
            while not self._untold:
                self._take(await self._read())
        except asyncio.CancelledError:
            # gRPC says it to the reader of a call that somebody else hung up.
            walker = asyncio.current_task()
            if self._is_closed and walker is not None and not walker.cancelling():
                raise StopAsyncIteration from None
            raise
        return self._untold.popleft()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @abstractmethod
    def _request(self) -> RequestT:
        """Return the request that continues where the stream was."""

    @abstractmethod
    def _items_of(self, response: ResponseT) -> Iterable[ItemT]:
        """Note how far the stream is and return what it tells the caller, if anything."""

    def _take(self, response: ResponseT) -> None:
        self._has_begun = True
        self._untold.extend(self._items_of(response))

    async def _read(self) -> ResponseT:
        while True:
            if self._is_closed:
                raise StopAsyncIteration
            try:
                response = await self._connection.authorised(self._next_response)
            except CampoTechError as error:
                self._hang_up()
                await self._pause_after(error)
            except BaseException:
                # A cancelled read may have swallowed a response: only a new stream tells it again.
                self._hang_up()
                raise
            else:
                self._failures = 0
                self._failing_since = None
                return response

    async def _next_response(self, metadata: CallMetadata) -> ResponseT:
        if self._call is None or self._call.done():
            self._call = self._method(self._request(), metadata=metadata)
            self._is_call_answered = False
        try:
            async with asyncio.timeout(LONGEST_SILENCE_SECONDS):
                response = await self._call.read()
        except TimeoutError:
            raise connection_lost("The stream has been silent for too long.") from None
        except grpc.aio.AioRpcError as raised:
            raise stream_error_of(raised, was_accepted=self._is_call_answered) from raised
        if response is grpc.aio.EOF:
            raise connection_lost("The server ended the stream.")
        self._is_call_answered = True
        return cast("ResponseT", response)

    async def _pause_after(self, error: CampoTechError) -> None:
        if not may_succeed_later(error):
            raise error
        now = asyncio.get_running_loop().time()
        self._failing_since = self._failing_since or now
        pause = self._connection.retries.pause_seconds(
            self._failures, asked_for=error.retry_after_seconds
        )
        self._failures += 1
        is_patient = (
            self._patience_seconds is None
            or now + pause - self._failing_since < self._patience_seconds
        )
        if not is_patient:
            raise error
        await asyncio.sleep(pause)

    def _hang_up(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None
