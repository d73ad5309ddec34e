"""Limits on messages by sender, and by sender and receiver, with the library `limits` over Redis.

Without Redis each process counts for itself: the service has the same limits and says so.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.clock import Clock
from domain.errors import HeldBackError

RATE_LIMITED = "rate_limited"
SHORTEST_WAIT_SECONDS = 1.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRate:
    """So many messages in so many seconds, for as many of the call's keys as make its scope."""

    messages: int
    seconds: int
    scope: int
    """0: everybody together; 1: a sender; 2: a sender and a receiver."""

    @property
    def item(self) -> RateLimitItem:
        return RateLimitItemPerSecond(self.messages, self.seconds)


class RedisMessageRates:
    """The Limiter of a service that counts messages; its keys are sender and receiver."""

    def __init__(
        self, redis: Redis, service: str, rates: Sequence[MessageRate], *, clock: Clock
    ) -> None:
        self._service = service
        self._clock = clock
        # The narrower first: what one receiver has to wait for must cost the sender nothing.
        self._rates = sorted(rates, key=lambda rate: -rate.scope)
        self._shared = MovingWindowRateLimiter(
            RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix=f"campotech:{service}",
                connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # the hints forgot it
            )
        )
        self._own = MovingWindowRateLimiter(MemoryStorage())

    async def look(self, *keys: str) -> None:
        await self._ask(keys, is_taking=False)

    async def take(self, *keys: str) -> None:
        await self._ask(keys, is_taking=True)

    async def _ask(self, keys: Sequence[str], *, is_taking: bool) -> None:
        subjects = [hashlib.sha256(key.encode()).hexdigest()[:24] for key in keys]
        try:
            await self._ask_of(self._shared, subjects, is_taking=is_taking)
        except (RedisError, OSError) as error:
            logger.warning("message_limits_unshared", service=self._service, error=str(error))
            await self._ask_of(self._own, subjects, is_taking=is_taking)

    async def _ask_of(
        self, limiter: MovingWindowRateLimiter, subjects: Sequence[str], *, is_taking: bool
    ) -> None:
        # `limits` takes one window at a time: none is taken before all were found to have room.
        for rate in self._rates:
            if not await limiter.test(rate.item, *subjects[: rate.scope]):
                raise await self._held_back(limiter, rate, subjects)
        for rate in self._rates if is_taking else ():
            if not await limiter.hit(rate.item, *subjects[: rate.scope]):
                raise await self._held_back(limiter, rate, subjects)

    async def _held_back(
        self, limiter: MovingWindowRateLimiter, rate: MessageRate, subjects: Sequence[str]
    ) -> HeldBackError:
        window = await limiter.get_window_stats(rate.item, *subjects[: rate.scope])
        seconds = window.reset_time - self._clock.now().timestamp()
        return HeldBackError(
            f"{self._service} is asked for no more now, to stay within its limits.",
            cause=RATE_LIMITED,
            retry_after_seconds=max(seconds, SHORTEST_WAIT_SECONDS),
            service=self._service,
        )
