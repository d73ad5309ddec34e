"""The connection to Redis: it answers at once or it is down."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def create_redis(url: str, *, timeout_seconds: float = 1.0, max_connections: int = 16) -> Redis:
    """Return a client that connects when it is first used and raises instead of trying again."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        max_connections=max_connections,
        retry=Retry(NoBackoff(), 0),
    )
