"""Dramatiq's consumer over Redis: fetches and acknowledges in groups, and wakes at once.

Dramatiq's own one acknowledges each message in a round trip and looks for new ones at intervals.
Its keys and its scripts stay: any Dramatiq process reads what this one leaves behind.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import redis
from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.errors import ConnectionClosed, DecodeError

from adapters.dispatch.messages import UnreadableMessageError, check_message
from adapters.dispatch.redis_queue import RedisQueue
from adapters.dispatch.task_broker import report_unreadable


class RedisTaskConsumer(Consumer):
    """Holds a bounded number of messages, which neither an unreadable one nor a slow Redis upsets.

    Messages are acknowledged when Redis is next spoken to. One that is forgotten with its process
    is a message too many, and does no harm.
    """

    def __init__(self, queue: RedisQueue, *, prefetch: int, idle_seconds: float) -> None:
        self._queue = queue
        self._prefetch = prefetch
        self._idle_seconds = idle_seconds
        self._fetched: deque[bytes] = deque()
        self._in_hand: set[str] = set()
        self._done: list[str] = []
        self._changed = threading.Condition()

    def __next__(self) -> MessageProxy | None:
        with _redis_errors_as_closed_connections():
            if not self._fetched:
                self._fetch()
            return self._decoded(self._fetched.popleft()) if self._fetched else None

    def ack(self, message: MessageProxy) -> None:
        with self._changed:
            self._done.append(_id_of(message))
            self._in_hand.discard(_id_of(message))
            if self._has_room():
                self._changed.notify()

    def nack(self, message: MessageProxy) -> None:
        with _redis_errors_as_closed_connections():
            self._queue.refuse(_id_of(message))
        with self._changed:
            self._in_hand.discard(_id_of(message))

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        with _redis_errors_as_closed_connections():
            self._queue.put_back([_id_of(message) for message in messages])

    def close(self) -> None:
        """Acknowledge what is done and put back what nobody has looked at."""
        with _redis_errors_as_closed_connections():
            self._acknowledge()
            untouched = [self._decoded(data) for data in self._fetched]
            self._fetched.clear()
            self.requeue([message for message in untouched if message is not None])

    def _has_room(self) -> bool:
        """Tell whether to fetch: not for every single message that has left."""
        return len(self._in_hand) <= self._prefetch // 2

    def _fetch(self) -> None:
        with self._changed:
            has_room = self._changed.wait_for(self._has_room, self._idle_seconds)
            room = self._prefetch - len(self._in_hand)
        self._acknowledge()
        if not has_room:
            return
        fetched = self._queue.fetch(room)
        if not fetched:
            self._queue.wait(self._idle_seconds)
        # Of a message that was acknowledged by a process thought dead, the id alone is left.
        self._fetched.extend(data for data in fetched if data is not None)

    def _acknowledge(self) -> None:
        with self._changed:
            done, self._done = self._done, []
        if not done:
            return
        try:
            self._queue.acknowledge(done)
        except redis.RedisError:
            with self._changed:
                self._done.extend(done)
            raise

    def _decoded(self, data: bytes) -> MessageProxy | None:
        try:
            message = Message.decode(data)
            number = _id_of(message)
            check_message(message, queue_name=self._queue.name)
        except (DecodeError, KeyError, TypeError, UnreadableMessageError):
            report_unreadable(self._queue.name)
            self._queue.put_aside(data)
            return None
        with self._changed:
            self._in_hand.add(number)
        return MessageProxy(message)


def _id_of(message: Message[None] | MessageProxy) -> str:
    """Return the message's number in Redis; Dramatiq gives it another whenever it is sent."""
    return str(message.options["redis_message_id"])


@contextmanager
def _redis_errors_as_closed_connections() -> Iterator[None]:
    """Raise what Dramatiq knows how to wait for; by itself it takes a timeout for a mistake."""
    try:
        yield
    except redis.RedisError as error:
        raise ConnectionClosed(error) from error  # type: ignore[no-untyped-call]  # Dramatiq types its errors in part
