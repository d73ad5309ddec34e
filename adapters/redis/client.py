"""The connection to Redis: it answers at once or is down, and who waits for it can be stopped."""

import asyncio
from collections.abc import Iterable, Mapping

from redis.asyncio import (
    BlockingConnectionPool,
    Connection,
    ConnectionPool,
    Redis,
    SSLConnection,
)
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class _Interruptible(AbstractConnection):
    """Bounds writes with `asyncio.timeout`.

    redis-py takes `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that meets
    the end of the write (one in seven, tried out): a task that was told to stop would run on. It
    also makes a task for every command.
    """

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002  # redis's own
    ) -> None:
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        if check_health:
            await self.check_health()  # type: ignore[no-untyped-call]  # redis leaves it untyped
        if isinstance(command, str):
            command = command.encode()
        parts = [command] if isinstance(command, bytes) else command
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._send_packed_command(parts)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("Timeout writing to socket") from None
        except OSError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(f"Error while writing to socket: {error}") from error
        except BaseException:
            # Half a command may have been written.
            await self.disconnect(nowait=True)
            raise


class _PlainConnection(_Interruptible, Connection):
    pass


class _TlsConnection(_Interruptible, SSLConnection):
    pass


_INTERRUPTIBLE: Mapping[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _PlainConnection,
    SSLConnection: _TlsConnection,
}


def create_redis(url: str, *, timeout_seconds: float = 1.0, max_connections: int = 16) -> Redis:
    """Return a client that connects when it is first used and raises instead of trying again."""
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        max_connections=max_connections,
        retry=Retry(NoBackoff(), 0),
    )
    return _client(pool)


def create_patient_redis(
    url: str, *, timeout_seconds: float = 1.0, max_connections: int = 16
) -> Redis:
    """Return a client whose callers wait for a connection, as long as for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        max_connections=max_connections,
        timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return _client(pool)


def _client(pool: ConnectionPool) -> Redis:
    pool.connection_class = _INTERRUPTIBLE[pool.connection_class]
    return Redis.from_pool(pool)
