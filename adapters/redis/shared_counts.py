"""Calls counted over all processes, in Redis, by the library `limits`."""

import asyncio
from hashlib import blake2b

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import Redis

from domain.errors import TemporaryError
from domain.limits.limit import Limit

TIMEOUT_SECONDS = 0.25
MOST_AT_ONCE = 8

logger = structlog.get_logger(__name__)


class RedisSharedCounts:
    """The domain's SharedCounts."""

    def __init__(self, redis: Redis, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        storage = RedisStorage(
            "async+redis://",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="campotech:calls",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # as documented
        )
        self._limiter = FixedWindowRateLimiter(storage)
        self._timeout_seconds = timeout_seconds
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._is_counting = True

    async def take(self, limit: Limit, key: str, *, window: int, calls: int) -> bool:
        # Each window has a key of its own, and processes agree on windows by their clocks; it
        # lives for two, so that a clock which is late still meets it.
        item = RateLimitItemPerSecond(limit.calls, limit.seconds * 2, namespace=limit.name)
        name = blake2b(key.encode(), digest_size=16).hexdigest()
        try:
            async with asyncio.timeout(self._timeout_seconds), self._turns:
                is_within = await self._limiter.hit(item, name, str(window), cost=calls)
        except (StorageError, OSError, TimeoutError) as error:
            self._note(is_counting=False)
            raise TemporaryError("Redis does not count calls right now.") from error
        self._note(is_counting=True)
        return is_within

    def _note(self, *, is_counting: bool) -> None:
        if is_counting is not self._is_counting:
            log = logger.info if is_counting else logger.warning
            log("calls_counted_together" if is_counting else "calls_counted_alone")
        self._is_counting = is_counting
