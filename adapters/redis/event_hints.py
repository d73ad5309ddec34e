"""Hints that an organisation's feed of events went on: published after a commit, heard by streams.

They save the streams from asking Postgres all the time. A hint that Redis does not take is sent
again every second until it does; one that dies with its process, or that is the oldest of more than
LARGEST_HAND_OFF, costs what is left until the stream's next sign of life, when it looks by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
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
RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


def _channel(organization_id: OrganizationId) -> bytes:
    return b"campotech:events:%s" % organization_id.hex.encode()


class EventHintPublisher:
    """Publishes hints; an async context, because a task of its own does the sending.

    It belongs to the event loop in which it was entered.
    """

    def __init__(self, redis: Redis, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._redis = redis
        self._retry_seconds = retry_seconds
        self._hand_off: HandOff[OrganizationId, None] = HandOff(limit=LARGEST_HAND_OFF)
        self._is_taken = True
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
                await self._send(organization_ids)
            except (RedisError, OSError) as error:
                if self._is_taken:
                    logger.warning("event_hints_delayed", error=str(error))
                self._is_taken = False
                # Some may have been heard: a hint too many costs a look.
                self._hand_off.put_back(organization_ids)
                await asyncio.sleep(self._retry_seconds)
            else:
                self._is_taken = True

    async def _send(self, organization_ids: Iterable[OrganizationId]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for organization_id in organization_ids:
                pipeline.spublish(_channel(organization_id), b"")
            await pipeline.execute()


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
