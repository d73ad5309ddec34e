"""Dramatiq's Redis broker, kept to what the ledger needs of it.

No middleware: retries, time limits and results are the ledger's business. No delay queues: what
is not due waits in Postgres. A message that nobody can read goes to the dead letters instead of
stopping the queue, and a Redis that is slow to answer counts as one that is away.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import uuid4

import redis
from dramatiq import Message
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.typing import EncodableT, FieldT

from adapters.dispatch.messages import queue_of
from adapters.dispatch.redis_consumer import RedisTaskConsumer
from adapters.dispatch.redis_queue import RedisQueue
from adapters.dispatch.task_broker import BrokerUnavailableError, TaskBroker
from domain.operations.task_type import Tier

NAMESPACE = "campotech-tasks"
_MEMORY_KEY = f"{NAMESPACE}:memory"
"""Present as long as Redis remembers: a wipe, or a failover to an empty copy, takes it away."""

_Encoded = dict[FieldT, EncodableT]


class RedisTaskBroker(TaskBroker, RedisBroker):
    """A Redis broker with one queue per tier and nothing beside them."""

    def __init__(self, url: str, *, timeout_seconds: float, retries: int) -> None:
        client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), retries),
        )
        RedisBroker.__init__(self, client=client, middleware=[], namespace=NAMESPACE)  # type: ignore[no-untyped-call]  # Dramatiq types its brokers in part
        for tier in Tier:
            self.declare_queue(queue_of(tier))

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        queue = RedisQueue(self, queue_name)
        return RedisTaskConsumer(queue, prefetch=prefetch, idle_seconds=timeout / 1000)

    def length(self, tier: Tier) -> int:
        with _redis_errors_as_unavailable():
            return int(self.client.llen(f"{self.namespace}:{queue_of(tier)}"))

    def enqueue_all(self, messages: Iterable[Message[None]]) -> None:
        for queue_name, encoded in _by_queue(messages).items():
            self._push(queue_name, encoded, "rpush")

    def enqueue_first(self, messages: Sequence[Message[None]]) -> None:
        for queue_name, encoded in _by_queue(reversed(messages)).items():
            self._push(queue_name, encoded, "lpush")

    def _push(self, queue_name: str, encoded: _Encoded, command: str) -> None:
        """Do it in one transaction: a number without its text would be nobody's message."""
        queue = f"{self.namespace}:{queue_name}"
        with _redis_errors_as_unavailable(), self.client.pipeline(transaction=True) as pipeline:
            pipeline.hset(f"{queue}.msgs", mapping=encoded)
            pipeline.execute_command(command, queue, *encoded)
            pipeline.execute()

    def has_forgotten(self) -> bool:
        with _redis_errors_as_unavailable():
            return bool(self.client.set(_MEMORY_KEY, "1", nx=True))

    def disconnect(self) -> None:
        self.client.close()


def _by_queue(messages: Iterable[Message[None]]) -> Mapping[str, _Encoded]:
    """Return the messages' texts by queue and by the number that Dramatiq gives each in Redis."""
    found: dict[str, _Encoded] = {}
    for message in messages:
        number = str(uuid4())
        numbered = message.copy(options={"redis_message_id": number})
        found.setdefault(message.queue_name, {})[number] = numbered.encode()
    return found


@contextmanager
def _redis_errors_as_unavailable() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise BrokerUnavailableError from error
