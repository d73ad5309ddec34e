"""A way over TCP to a server, which a test can block or clog."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from urllib.parse import urlsplit


class State(Enum):
    """How whoever comes by fares."""

    OPEN = auto()
    BLOCKED = auto()
    """Cut off at once."""
    CLOGGED = auto()
    """Let in, and never answered."""


class TroubledWay:
    """Leads to a server; whoever is on it when its state changes is cut off."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._state = State.OPEN
        self._on_it: set[StreamWriter] = set()
        self.url = ""
        self.comers = 0
        """How many connections were made to it."""

    @property
    def travellers(self) -> int:
        """How many are on it now."""
        return len(self._on_it)

    def become(self, state: State) -> None:
        self._state = state
        for writer in self._on_it:
            writer.transport.abort()

    async def take(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.comers += 1
        if self._state is State.BLOCKED:
            writer.transport.abort()
            return
        self._on_it.add(writer)
        try:
            with suppress(OSError):
                if self._state is State.CLOGGED:
                    await _swallow(reader)
                else:
                    await self._lead_on(reader, writer)
        finally:
            self._on_it.discard(writer)
            writer.transport.abort()

    async def _lead_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        from_there, to_there = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(reader, to_there))
                both.create_task(_carry(from_there, writer))
        except* OSError:
            pass
        finally:
            to_there.transport.abort()


async def _carry(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _swallow(reader: StreamReader) -> None:
    while await reader.read(65536):
        pass


@asynccontextmanager
async def troubled_way(url: str) -> AsyncIterator[TroubledWay]:
    """Yield a way to the server at an address; it is open."""
    way = TroubledWay(url)
    server = await asyncio.start_server(way.take, "127.0.0.1", 0)
    way.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield way
    finally:
        way.become(State.BLOCKED)
        server.close()
        await server.wait_closed()
