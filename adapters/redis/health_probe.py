"""Looks whether Redis answers, over one connection of its own."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.redis.client import create_redis
from domain.health.status import Status

LOOK_TIMEOUT_SECONDS = 0.4
SLOW_LOOKS_ALLOWED = 1


class CacheProbe:
    """The health's Probe of the cache."""

    def __init__(self, url: str, *, timeout_seconds: float = LOOK_TIMEOUT_SECONDS) -> None:
        self._redis: Redis = create_redis(url, timeout_seconds=timeout_seconds, max_connections=1)
        self._timeout_seconds = timeout_seconds
        self._slow_looks = 0

    async def look(self) -> Status:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._redis.ping()
        except (TimeoutError, RedisTimeoutError):
            self._slow_looks += 1
            return Status.DEGRADED if self._slow_looks <= SLOW_LOOKS_ALLOWED else Status.OFFLINE
        except (RedisError, OSError):
            return Status.OFFLINE
        self._slow_looks = 0
        return Status.HEALTHY

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        await self._redis.aclose()
