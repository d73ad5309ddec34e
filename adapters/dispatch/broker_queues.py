"""The broker as the keeper uses it: fill it, and notice when it has lost what it had."""

import asyncio
from collections.abc import Sequence

from adapters.dispatch.brokers import open_broker
from adapters.dispatch.messages import to_message
from domain.operations.ports import TaskToPush
from domain.operations.task_type import Tier


class BrokerQueues:
    """The domain's TaskQueues on Dramatiq's broker; its calls run in threads, for they block.

    Every method raises BrokerUnavailableError.
    """

    def __init__(self, broker_url: str) -> None:
        self._broker = open_broker(broker_url, timeout_seconds=2.0, retries=1)

    async def length(self, tier: Tier) -> int:
        return await asyncio.to_thread(self._broker.length, tier)

    async def push(self, tasks: Sequence[TaskToPush]) -> None:
        await asyncio.to_thread(self._broker.enqueue_all, map(to_message, tasks))

    async def has_forgotten(self) -> bool:
        return await asyncio.to_thread(self._broker.has_forgotten)

    async def close(self) -> None:
        await asyncio.to_thread(self._broker.disconnect)
