"""Dramatiq's RabbitMQ broker, kept to what the ledger needs of it.

Messages are transient: the ledger is what remembers, so RabbitMQ need not write them to disk. A
marker message beside them shares their fate, which tells the keeper of a restart or a wipe.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pika
from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import ConnectionClosed
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from adapters.dispatch.messages import UnreadableMessageError, check_message, queue_of
from adapters.dispatch.task_broker import BrokerUnavailableError, TaskBroker, report_unreadable
from domain.operations.task_type import Tier

HEARTBEAT_SECONDS = 10
"""A peer that is silent for so long is taken for dead, by either side."""
MEMORY_QUEUE = "campotech-tasks.memory"
"""Holds one message as long as RabbitMQ remembers what it was given."""
_TRANSIENT = pika.BasicProperties(delivery_mode=1)

Result = TypeVar("Result")

# It logs every step of each attempt to connect as an error; that the broker is away we say once.
logging.getLogger("pika").setLevel(logging.CRITICAL)


class RabbitmqTaskBroker(TaskBroker, RabbitmqBroker):
    """A RabbitMQ broker in a virtual host of its own, with a connection per thread."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        RabbitmqBroker.__init__(self, url=url, middleware=[], confirm_delivery=True)
        # RabbitMQ needs a moment to accept a connection, however soon it answers then.
        _bound(self.parameters, timeout_seconds=max(1.0, timeout_seconds))
        for tier in Tier:
            self.declare_queue(queue_of(tier))

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure:
            super().declare_queue(queue_name, ensure=True)

    def _declare_dq_queue(self, queue_name: str) -> None:
        """Declare none: what is not due waits in Postgres."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        return _TaskConsumer(queue_name, super().consume(queue_name, prefetch, timeout))

    def length(self, tier: Tier) -> int:
        return self._on_channel(lambda channel: self._waiting_in(channel, queue_of(tier)))

    def enqueue_all(self, messages: Iterable[Message[None]]) -> None:
        encoded = [(message.queue_name, message.encode()) for message in messages]

        def publish(channel: BlockingChannel) -> None:
            for queue_name in {name for name, _ in encoded}:
                self.declare_queue(queue_name, ensure=True)
            while encoded:
                queue_name, body = encoded[-1]
                channel.basic_publish("", queue_name, body, _TRANSIENT, mandatory=True)
                encoded.pop()

        encoded.reverse()
        self._on_channel(publish)

    def enqueue_first(self, messages: Sequence[Message[None]]) -> None:
        # RabbitMQ puts what was only fetched where it had been, and has no other way to the head.
        self.enqueue_all(messages)

    def has_forgotten(self) -> bool:
        def look(channel: BlockingChannel) -> bool:
            declared = channel.queue_declare(MEMORY_QUEUE, durable=True)
            if declared.method.message_count:
                return False
            channel.basic_publish("", MEMORY_QUEUE, b"", _TRANSIENT, mandatory=True)
            return True

        return self._on_channel(look)

    def disconnect(self) -> None:
        self.close()

    def _waiting_in(self, channel: BlockingChannel, queue_name: str) -> int:
        self.declare_queue(queue_name, ensure=True)
        return int(channel.queue_declare(queue_name, passive=True).method.message_count)

    def _on_channel(self, call: Callable[[BlockingChannel], Result]) -> Result:
        """Call with this thread's channel; once more with a new one if that had died meanwhile."""
        try:
            return self._try_on_channel(call)
        except BrokerUnavailableError:
            return self._try_on_channel(call)

    def _try_on_channel(self, call: Callable[[BlockingChannel], Result]) -> Result:
        try:
            return call(self.channel)
        except (AMQPError, ConnectionClosed, OSError) as error:
            del self.connection
            # Whoever wiped RabbitMQ took the queues with it.
            self.queues_pending.update(self.queues)
            raise BrokerUnavailableError from error


def _bound(
    parameters: pika.ConnectionParameters | list[pika.URLParameters], *, timeout_seconds: float
) -> None:
    for node in parameters if isinstance(parameters, list) else [parameters]:
        node.heartbeat = HEARTBEAT_SECONDS
        node.socket_timeout = timeout_seconds
        node.stack_timeout = timeout_seconds
        node.blocked_connection_timeout = timeout_seconds
        node.connection_attempts = 1


class _TaskConsumer(Consumer):
    """Dramatiq's consumer, which puts aside what is no task's message."""

    def __init__(self, queue_name: str, inner: Consumer) -> None:
        self._queue_name = queue_name
        self._inner = inner

    def __next__(self) -> MessageProxy | None:
        message = next(self._inner)
        if message is None:
            return None
        try:
            check_message(message, queue_name=self._queue_name)
        except UnreadableMessageError:
            report_unreadable(self._queue_name)
            self._inner.nack(message)
            return None
        return message

    def ack(self, message: MessageProxy) -> None:
        self._inner.ack(message)

    def nack(self, message: MessageProxy) -> None:
        self._inner.nack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._inner.requeue(messages)

    def close(self) -> None:
        self._inner.close()
