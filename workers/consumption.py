"""Dramatiq's worker, one thread per task in flight, in front of the one event loop that runs them.

The threads only wait: for a message from Dramatiq, then for the loop. They are what bounds how
many tasks run at a time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from dramatiq import Actor
from dramatiq.worker import Worker

from adapters.dispatch.messages import actor_of, queue_of, to_ticket, with_fields
from adapters.dispatch.task_broker import BrokerUnavailableError, TaskBroker
from domain.operations.claim import Ticket
from domain.operations.task_type import Tier

POLL_MILLISECONDS = {Tier.REALTIME: 40, Tier.BACKGROUND: 200, Tier.BATCH: 500}
"""How often an idle worker asks Redis; this much a task may wait beside everything else."""
STOP_MILLISECONDS = 8000
"""A thread whose task does not even end when it is called off is left behind after this."""

RunTicket = Callable[[Ticket], Coroutine[None, None, bool]]


class Consumption:
    """Feeds tickets of one tier from the broker to the loop, a bounded number at a time."""

    def __init__(
        self,
        broker: TaskBroker,
        tier: Tier,
        *,
        concurrency: int,
        run: RunTicket,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._broker = broker
        self._tier = tier
        self._run = run
        self._loop = loop
        Actor(
            self._process,
            broker=broker,
            actor_name=actor_of(tier),
            queue_name=queue_of(tier),
            priority=0,
            options={},
        )
        self._worker = Worker(
            broker,
            queues={queue_of(tier)},
            worker_timeout=POLL_MILLISECONDS[tier],
            worker_threads=concurrency,
        )

    def start(self) -> None:
        """Begin to consume; a broker that is down is waited for."""
        self._worker.start()

    async def stop(self) -> None:
        """Take no more messages, wait for the threads, and put back what was only fetched."""
        await asyncio.to_thread(self._worker.stop, STOP_MILLISECONDS)

    def _process(self, **fields: object) -> None:
        run = self._run(to_ticket(fields))
        if not asyncio.run_coroutine_threadsafe(run, self._loop).result():
            # Whatever the broker says now, the sweeper would bring the task back, only later.
            with suppress(BrokerUnavailableError):
                self._broker.enqueue_all([with_fields(self._tier, fields)])
