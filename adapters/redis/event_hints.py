"""Hints that an organisation's feed of events went on: published after a commit, heard by streams.

They save the streams from asking Postgres all the time. A lost hint costs a second, no more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.hand_off import HandOff
from domain.identifiers import OrganizationId

LARGEST_HAND_OFF = 10_000
PUBLISH_AT_ONCE = 500
POLL_SECONDS = 1.0

logger = structlog.get_logger(__name__)


def _channel(organization_id: OrganizationId) -> bytes:
    return b"campotech:events:%s" % organization_id.hex.encode()


class EventHintPublisher:
    """Publishes hints; an async context, because a task of its own does the sending.

    It belongs to the event loop in which it was entered.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._hand_off: HandOff[OrganizationId, None] = HandOff(limit=LARGEST_HAND_OFF)
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._run(), name="event hints")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender

    def events_published(self, organization_id: OrganizationId) -> None:
        """Wake the streams that watch an organisation; never blocks, and forgets when it must."""
        self._hand_off.put(organization_id, None)

    async def _run(self) -> None:
        while True:
            organization_ids = await self._hand_off.take(PUBLISH_AT_ONCE)
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for organization_id in organization_ids:
                        pipeline.spublish(_channel(organization_id), b"")
                    await pipeline.execute()
            except (RedisError, OSError) as error:
                logger.warning("event_hints_lost", count=len(organization_ids), error=str(error))


class RedisEventHints:
    """The jobs' EventHints."""

    def __init__(self, listener: ChannelListener, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._listener = listener
        self._poll_seconds = poll_seconds

    @asynccontextmanager
    async def watch(self, organization_id: OrganizationId) -> AsyncIterator["RedisNews"]:
        news = RedisNews(self._poll_seconds)
        async with self._listener.listening(_channel(organization_id), news):
            yield news


class RedisNews:
    """The jobs' News: one stream's ear on the channel of its organisation."""

    def __init__(self, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._is_connected = False
        self._has_news = asyncio.Event()
        self._quiet_seconds = 0.0

    def heard(self, payload: bytes) -> None:
        del payload
        self._has_news.set()

    def connected(self) -> None:
        self._is_connected = True
        # Hints may have been missed.
        self._has_news.set()

    def disconnected(self) -> None:
        self._is_connected = False
        self._has_news.set()

    async def wait(self, timeout_seconds: float) -> bool:
        is_polling = not self._is_connected and self._poll_seconds < timeout_seconds
        seconds = self._poll_seconds if is_polling else timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._has_news.wait()
        except TimeoutError:
            self._quiet_seconds += seconds
        else:
            self._has_news.clear()
            self._quiet_seconds = 0.0
        # A stream that polls owes its reader a heartbeat all the same.
        if self._quiet_seconds >= timeout_seconds:
            self._quiet_seconds = 0.0
            return False
        return True
