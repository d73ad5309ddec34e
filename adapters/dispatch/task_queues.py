"""The broker as the keeper uses it: fill it, and notice when it has lost what it had."""

import asyncio
from collections.abc import Sequence

import redis

from adapters.dispatch.broker import NAMESPACE, open_broker
from adapters.dispatch.messages import to_message
from domain.errors import TemporaryError
from domain.operations.ports import TaskToPush
from domain.operations.task_type import Tier

_MEMORY_KEY = f"{NAMESPACE}:memory"
"""Present as long as Redis remembers: a wipe, or a failover to an empty copy, takes it away."""


class BrokerUnavailableError(TemporaryError):
    reason = "BROKER_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The task broker does not answer right now.", retry_after_seconds=1.0)


class RedisTaskQueues:
    """The domain's TaskQueues on Dramatiq's broker; its calls run in threads, for they block."""

    def __init__(self, redis_url: str) -> None:
        self._broker = open_broker(redis_url, timeout_seconds=2.0, retries=1)

    async def length(self, tier: Tier) -> int:
        return await asyncio.to_thread(self._length, tier)

    async def push(self, tasks: Sequence[TaskToPush]) -> None:
        await asyncio.to_thread(self._push, tasks)

    async def has_forgotten(self) -> bool:
        return await asyncio.to_thread(self._has_forgotten)

    async def close(self) -> None:
        await asyncio.to_thread(self._broker.client.close)

    def _length(self, tier: Tier) -> int:
        try:
            return self._broker.length(tier)
        except redis.RedisError as error:
            raise BrokerUnavailableError from error

    def _push(self, tasks: Sequence[TaskToPush]) -> None:
        try:
            self._broker.enqueue_all(map(to_message, tasks))
        except redis.RedisError as error:
            raise BrokerUnavailableError from error

    def _has_forgotten(self) -> bool:
        try:
            return bool(self._broker.client.set(_MEMORY_KEY, "1", nx=True))
        except redis.RedisError as error:
            raise BrokerUnavailableError from error
