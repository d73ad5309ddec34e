"""Listens on many channels over one connection of the process, and survives Redis.

Every channel has one subscription, however many listen. After a break the connection comes back by
itself; what was said meanwhile is lost, so each listener is told that it may have missed something.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Protocol, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

PING_SECONDS = 5.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
SUBSCRIBE_AT_ONCE = 500

logger = structlog.get_logger(__name__)


class ChannelSilentError(RedisError):
    """Redis holds the connection open and says nothing, not even to a ping."""


class Listener(Protocol):
    """Somebody who wants to hear a channel."""

    def heard(self, payload: bytes) -> None:
        """Take a message; must not wait."""
        ...

    def connected(self) -> None:
        """Learn that messages come from now on; others may have been missed before."""
        ...

    def disconnected(self) -> None:
        """Learn that messages do not come any more."""
        ...


class ChannelListener:
    """The process's subscriptions; an async context, because a task of its own does the reading."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: dict[bytes, set[Listener]] = {}
        self._heard_of: set[bytes] = set()
        self._pubsub: PubSub | None = None
        self._commands = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._run(), name="channel listener")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    @asynccontextmanager
    async def listening(self, channel: bytes, listener: Listener) -> AsyncIterator[None]:
        """Tell a listener, which listens nowhere else, what is said on a channel."""
        others = self._listeners.setdefault(channel, set())
        is_first = not others
        others.add(listener)
        try:
            if is_first:
                await self._subscribe([channel])
            elif channel in self._heard_of:
                listener.connected()
            yield
        finally:
            others.discard(listener)
            if not others and self._listeners.get(channel) is others:
                del self._listeners[channel]
                await self._unsubscribe(channel)

    async def _subscribe(self, channels: list[bytes]) -> None:
        # Without a connection, or if this one breaks now, the reader subscribes to all when the
        # next one stands.
        async with self._commands:
            if self._pubsub is not None:
                with suppress(RedisError, OSError):
                    await self._pubsub.ssubscribe(*channels)

    async def _unsubscribe(self, channel: bytes) -> None:
        async with self._commands:
            # Somebody may have come while this waited for its turn.
            if self._pubsub is not None and channel not in self._listeners:
                self._heard_of.discard(channel)
                with suppress(RedisError, OSError):
                    await self._pubsub.sunsubscribe(channel)

    async def _run(self) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.warning("channel_listener_disconnected", error=str(error))
            delay = FIRST_RETRY_SECONDS if self._heard_of else delay
            self._lose_all()
            # Thousands of processes must not come back in the same instant.
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            delay = min(delay * 2, LONGEST_RETRY_SECONDS)

    async def _listen(self) -> None:
        pubsub = self._redis.pubsub()
        try:
            await pubsub.connect()  # type: ignore[no-untyped-call]  # redis leaves it untyped
            self._pubsub = pubsub
            channels = iter(list(self._listeners))
            while chunk := list(islice(channels, SUBSCRIBE_AT_ONCE)):
                await pubsub.ssubscribe(*chunk)
            await self._read(pubsub)
        finally:
            self._pubsub = None
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # redis leaves it untyped

    async def _read(self, pubsub: PubSub) -> None:
        is_waiting_for_pong = False
        while True:
            message = await pubsub.get_message(timeout=PING_SECONDS)
            if message is not None:
                is_waiting_for_pong = False
                self._dispatch(message["type"], message["channel"], message["data"])
            elif is_waiting_for_pong:
                raise ChannelSilentError("Redis does not answer on its channels.")
            else:
                await pubsub.ping()
                is_waiting_for_pong = True

    def _dispatch(self, kind: str, channel: bytes | None, payload: bytes) -> None:
        listeners = self._listeners.get(channel, ()) if channel is not None else ()
        if kind == "smessage":
            for listener in listeners:
                listener.heard(payload)
        elif kind == "ssubscribe" and channel is not None and listeners:
            self._heard_of.add(channel)
            for listener in listeners:
                listener.connected()

    def _lose_all(self) -> None:
        for channel in self._heard_of:
            for listener in self._listeners.get(channel, ()):
                listener.disconnected()
        self._heard_of.clear()
