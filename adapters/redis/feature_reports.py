"""How well features work, known alike to every process: reports go to Redis and come from there.

Without Redis a process knows what it reported itself, and tells the others when Redis is back.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.feature_states import FEATURES_KEY, SharedFeatures
from domain.clock import Clock
from domain.health.feature import FEATURE_IDS
from domain.health.ports import FeatureListener
from domain.health.status import Status, StatusSince
from domain.identifiers import IdSource

READ_SECONDS = 5.0
"""How often the hash is read though nobody said that it changed: a wipe says nothing."""
RETRY_SECONDS = 0.5

logger = structlog.get_logger(__name__)


class RedisFeatureReports:
    """The domain's FeatureReports and FeatureStates; an async context with a task of its own.

    It belongs to the event loop in which it was entered.
    """

    def __init__(
        self,
        redis: Redis,
        listener: ChannelListener,
        clock: Clock,
        ids: IdSource,
        *,
        features: Collection[str] = FEATURE_IDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._shared = SharedFeatures(redis, features, epoch=str(ids.new_id()))
        self._listener = listener
        self._clock = clock
        self._features = frozenset(features)
        self._read_seconds = read_seconds
        self._known: dict[str, StatusSince] = {}
        self._said: dict[str, StatusSince] = {}
        """What this process reported and Redis has not taken yet."""
        self._listeners: list[FeatureListener] = []
        self._ear = _Ear(asyncio.Event())
        self._is_shared = True
        self._work: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._work = asyncio.create_task(self._run(), name="feature reports")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    def report(self, feature_id: str, status: Status) -> None:
        latest = self._said.get(feature_id) or self._known.get(feature_id)
        if feature_id not in self._features or (latest and latest.status is status):
            return
        now = self._clock.now()
        # As the hash keeps it, so that sharing it moves nothing.
        since = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._said[feature_id] = StatusSince(status, since)
        self._ear.has_news.set()

    def current(self) -> Mapping[str, StatusSince]:
        return dict(self._known)

    @contextmanager
    def telling(self, listener: FeatureListener) -> Iterator[None]:
        self._listeners.append(listener)
        for feature_id, state in self._known.items():
            listener(feature_id, state)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def _run(self) -> None:
        async with self._listener.listening(FEATURES_KEY, self._ear):
            while True:
                try:
                    await self._exchange()
                except (RedisError, OSError) as error:
                    self._go_alone(error)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self._is_shared = True
                    await self._ear.listen(self._read_seconds)

    async def _exchange(self) -> None:
        self._ear.has_news.clear()
        said = dict(self._said)
        for feature_id, state in said.items():
            await self._shared.report(feature_id, state)
        states = await self._shared.read(self._known)
        # Only now: until it is known, what was said last is what this process goes by.
        for feature_id, state in said.items():
            if self._said.get(feature_id) is state:
                del self._said[feature_id]
        for feature_id, state in states.items():
            if feature_id not in self._said:
                self._learn(feature_id, state)

    def _go_alone(self, error: Exception) -> None:
        if self._is_shared:
            logger.warning("feature_reports_unshared", error=str(error))
        self._is_shared = False
        for feature_id, state in self._said.items():
            self._learn(feature_id, state)

    def _learn(self, feature_id: str, state: StatusSince) -> None:
        if self._known.get(feature_id) == state:
            return
        self._known[feature_id] = state
        for listener in self._listeners:
            listener(feature_id, state)


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    """The Listener of the channel: whatever it hears is a reason to read the hash."""

    has_news: asyncio.Event

    async def listen(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.has_news.wait()

    def heard(self, payload: bytes) -> None:
        del payload
        self.has_news.set()

    def connected(self) -> None:
        self.has_news.set()

    def disconnected(self) -> None:
        """Say nothing: the hash is read in time all the same."""
