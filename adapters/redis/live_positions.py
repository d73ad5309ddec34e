"""Where everybody is now, in Redis: the newest fix of each technician, and who watches.

Nothing here is the truth. When Redis is down, positions wait in a bounded hand-off and viewers
keep their streams; when it was wiped, the next fixes bring everything back.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.hand_off import HandOff
from adapters.redis.position_codec import decode_position
from adapters.redis.position_keys import (
    PUT_POSITIONS,
    group_by_slot,
    positions_key,
    script_arguments,
    viewers_key,
)
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.mailbox import Mailbox
from domain.tracking.position import Position

logger = structlog.get_logger(__name__)

_Key = tuple[OrganizationId, MemberId]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLimits:
    """How much waits, and for how long."""

    gather_seconds: float = 0.05
    """How long positions gather before they go to Redis together."""
    put_at_once: int = 1_000
    waiting_positions: int = 50_000
    retry_seconds: float = 0.5
    watched_organizations: int = 50_000
    mark_viewers_seconds: float = 10.0
    """How often Redis is told that somebody watches; it forgets after three times that."""
    read_seconds: float = 0.5
    """How long somebody who asks once waits before the stored positions must do."""
    connect_seconds: float = 1.0
    """How long a new viewer waits for its subscription before it begins without positions."""


class RedisLivePositions:
    """The domain's LivePositions; an async context, because tasks of its own talk to Redis."""

    def __init__(
        self, redis: Redis, listener: ChannelListener, limits: LiveLimits | None = None
    ) -> None:
        self._redis = redis
        self._listener = listener
        self._limits = limits or LiveLimits()
        self._hand_off: HandOff[_Key, Position] = HandOff(limit=self._limits.waiting_positions)
        self._watched: set[OrganizationId] = set()
        self._viewers: set[_Viewer] = set()
        self._has_missed = asyncio.Event()
        self._is_available = True
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for work in (self._put_positions, self._look_after_viewers):
            task = asyncio.create_task(work(), name=f"live positions: {work.__name__}")
            self._stack.push_async_callback(_end, task)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def is_available(self) -> bool:
        return self._is_available

    def is_watched(self, organization_id: OrganizationId) -> bool:
        return organization_id in self._watched

    def offer(self, position: Position) -> None:
        self._hand_off.put((position.organization_id, position.technician_id), position)

    async def newest(self, organization_id: OrganizationId) -> Sequence[Position]:
        try:
            async with asyncio.timeout(self._limits.read_seconds):
                return await self._newest(organization_id)
        except (RedisError, OSError):
            # A TimeoutError is an OSError.
            return ()

    @asynccontextmanager
    async def watch(self, organization_id: OrganizationId, mailbox: Mailbox) -> AsyncIterator[None]:
        viewer = _Viewer(organization_id, mailbox, self._has_missed)
        async with self._listener.listening(positions_key(organization_id), viewer):
            self._viewers.add(viewer)
            try:
                await self._begin(viewer)
                yield
            finally:
                self._viewers.discard(viewer)

    async def _begin(self, viewer: "_Viewer") -> None:
        # Subscribed first and read then, so that no position falls between the two.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.connect_seconds):
                await viewer.is_connected.wait()
        with suppress(RedisError, OSError):
            await self._mark({viewer.organization_id})
            await self._catch_up(viewer)

    async def _newest(self, organization_id: OrganizationId) -> list[Position]:
        payloads = await self._redis.hvals(positions_key(organization_id))
        return [
            position
            for payload in payloads
            if isinstance(payload, bytes)
            and (position := _decode(organization_id, payload)) is not None
        ]

    async def _catch_up(self, viewer: "_Viewer") -> None:
        # Cleared before the read: what breaks during it counts again.
        viewer.may_have_missed = False
        try:
            positions = await self._newest(viewer.organization_id)
        except (RedisError, OSError):
            viewer.may_have_missed = True
            raise
        for position in positions:
            viewer.mailbox.put(position)

    async def _mark(self, organization_ids: Collection[OrganizationId]) -> None:
        milliseconds = round(self._limits.mark_viewers_seconds * 3000)
        async with self._redis.pipeline(transaction=False) as pipeline:
            for organization_id in organization_ids:
                pipeline.set(viewers_key(organization_id), b"", px=milliseconds)
            await pipeline.execute()

    async def _look_after_viewers(self) -> None:
        clock = asyncio.get_running_loop().time
        next_mark = clock() + self._limits.mark_viewers_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_mark):
                    await self._has_missed.wait()
            self._has_missed.clear()
            with suppress(RedisError, OSError):
                for viewer in list(self._viewers):
                    if viewer.may_have_missed and viewer.is_connected.is_set():
                        await self._catch_up(viewer)
                if clock() >= next_mark:
                    await self._mark({viewer.organization_id for viewer in self._viewers})
            if clock() >= next_mark:
                next_mark = clock() + self._limits.mark_viewers_seconds

    async def _put_positions(self) -> None:
        while True:
            positions = await self._hand_off.take(self._limits.put_at_once)
            try:
                await self._put(positions)
            except (RedisError, OSError) as error:
                if self._is_available:
                    logger.warning("live_positions_unavailable", error=str(error))
                self._is_available = False
                self._hand_off.put_back(positions)
                await asyncio.sleep(self._limits.retry_seconds)
            else:
                self._is_available = True
                await asyncio.sleep(self._limits.gather_seconds)

    async def _put(self, positions: Mapping[_Key, Position]) -> None:
        groups = group_by_slot(positions.values())
        async with self._redis.pipeline(transaction=False) as pipeline:
            for group in groups:
                keys, arguments = script_arguments(group)
                pipeline.eval(PUT_POSITIONS, len(keys), *keys, *arguments)
            answers = await pipeline.execute()
        for group, answer in zip(groups, answers, strict=True):
            for organization_id, is_watched in zip(group, answer, strict=True):
                self._note_viewers(organization_id, is_watched=bool(is_watched))

    def _note_viewers(self, organization_id: OrganizationId, *, is_watched: bool) -> None:
        if not is_watched:
            self._watched.discard(organization_id)
            return
        if len(self._watched) >= self._limits.watched_organizations:
            # The next positions tell again.
            self._watched.clear()
        self._watched.add(organization_id)


@dataclass(slots=True, eq=False)
class _Viewer:
    """One viewer's ear on the channel of its organisation."""

    organization_id: OrganizationId
    mailbox: Mailbox
    has_missed: asyncio.Event
    """Set when the subscription stands again after a break."""
    is_connected: asyncio.Event = field(default_factory=asyncio.Event)
    may_have_missed: bool = True

    def heard(self, payload: bytes) -> None:
        position = _decode(self.organization_id, payload)
        if position is not None:
            self.mailbox.put(position)

    def connected(self) -> None:
        self.is_connected.set()
        if self.may_have_missed:
            self.has_missed.set()

    def disconnected(self) -> None:
        self.is_connected.clear()
        self.may_have_missed = True


def _decode(organization_id: OrganizationId, payload: bytes) -> Position | None:
    try:
        return decode_position(organization_id, payload)
    except struct.error:
        # Another release wrote it; the next fix replaces it.
        return None


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
