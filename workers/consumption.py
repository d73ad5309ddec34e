"""Dramatiq's worker in front of the one event loop that runs the tasks.

Its single thread takes what Dramatiq's consumer has fetched, waits for a slot and hands the task
over to the loop. From then on the ledger's lease keeps the task, and the message has done its duty.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress

import structlog
from dramatiq import Actor
from dramatiq.worker import Worker

from adapters.dispatch.messages import actor_of, queue_of, to_ticket, with_fields
from adapters.dispatch.task_broker import BrokerUnavailableError, TaskBroker
from domain.operations.claim import Ticket
from domain.operations.task_type import Tier

IDLE_MILLISECONDS = 400
"""How soon a thread that waits for messages, and is woken by one, sees that it shall stop."""
STOP_SECONDS = 8.0
"""A task that does not even end when it is called off is left behind after this."""

RunTicket = Callable[[Ticket], Coroutine[None, None, bool]]
_Fields = Mapping[str, object]
_log = structlog.get_logger(__name__)


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
        self._slots = threading.Semaphore(concurrency)
        self._handed_over: deque[_Fields] = deque()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._returned: list[_Fields] = []
        Actor(
            self._hand_over,
            broker=broker,
            actor_name=actor_of(tier),
            queue_name=queue_of(tier),
            priority=0,
            options={},
        )
        self._worker = Worker(
            broker, queues={queue_of(tier)}, worker_timeout=IDLE_MILLISECONDS, worker_threads=1
        )
        self._worker.queue_prefetch = concurrency

    def start(self) -> None:
        """Begin to consume; a broker that is down is waited for."""
        self._worker.start()

    async def stop(self) -> None:
        """Take no more messages, wait for tasks to end, and put back what was not begun."""
        deadline = self._loop.time() + STOP_SECONDS
        await asyncio.to_thread(self._worker.stop, int(STOP_SECONDS * 1000))
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=max(0, deadline - self._loop.time()))
        await asyncio.to_thread(self._put_back)

    def _hand_over(self, **fields: object) -> None:
        """Be what Dramatiq calls for a message, in its thread."""
        self._slots.acquire()
        self._handed_over.append(fields)
        # One that is not the first is taken by the call that the first has caused.
        if len(self._handed_over) == 1:
            self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        while self._handed_over:
            task = self._loop.create_task(self._run_message(self._handed_over.popleft()))
            self._in_flight.add(task)
            task.add_done_callback(self._end)

    async def _run_message(self, fields: _Fields) -> None:
        if not await self._run(to_ticket(fields)):
            self._returned.append(fields)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._slots.release()
        self._in_flight.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Its lease, if it got one, brings the task to somebody else.
            _log.error("ticket_failed", exc_info=error)

    def _put_back(self) -> None:
        # Whatever the broker says now, the sweeper would bring the tasks back, only later.
        with suppress(BrokerUnavailableError):
            self._broker.enqueue_first([with_fields(self._tier, item) for item in self._returned])
