"""What a worker gets from a real broker, and what it leaves there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.errors import ConnectionClosed

from adapters.dispatch.messages import to_message, to_ticket
from adapters.dispatch.redis_broker import NAMESPACE, RedisTaskBroker
from domain.identifiers import TaskId
from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id

PREFETCH = 4
QUEUE = f"{NAMESPACE}:realtime"


@pytest.fixture
def broker(valkey_url: str) -> Iterator[RedisTaskBroker]:
    broker = RedisTaskBroker(valkey_url, timeout_seconds=5, retries=1)
    yield broker
    broker.client.close()


@pytest.fixture
def consume(broker: RedisTaskBroker) -> Callable[[int], Consumer]:
    return lambda idle_milliseconds: broker.consume("realtime", PREFETCH, idle_milliseconds)


@pytest.fixture
def consumer(consume: Callable[[int], Consumer]) -> Consumer:
    return consume(10)


def push(broker: RedisTaskBroker, count: int) -> list[UUID]:
    ids = [TaskId(new_id()) for _ in range(count)]
    broker.enqueue_all(
        to_message(
            TaskToPush(
                ReadyTask(an_organization_id(), task_id, "test:note", Tier.REALTIME),
                is_alone=False,
            )
        )
        for task_id in ids
    )
    return list(ids)


def take(consumer: Consumer, count: int) -> list[MessageProxy]:
    """Ask for so many messages; return those that came."""
    return [message for _ in range(count) if (message := next(consumer)) is not None]


def task_of(message: MessageProxy) -> UUID:
    return to_ticket(message.kwargs).task_id


def kept(broker: RedisTaskBroker) -> int:
    return int(broker.client.hlen(f"{QUEUE}.msgs"))


def test_messages_come_in_the_order_in_which_they_were_put_in(
    broker: RedisTaskBroker, consumer: Consumer
) -> None:
    pushed = push(broker, 3)

    messages = take(consumer, 3)

    assert [task_of(message) for message in messages] == pushed


def test_a_consumer_that_waits_is_woken_by_a_message(
    broker: RedisTaskBroker, consume: Callable[[int], Consumer]
) -> None:
    consumer = consume(4_000)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(lambda: next(filter(None, consumer)))

        pushed = push(broker, 1)

        assert [task_of(waiting.result(timeout=3))] == pushed


def test_no_more_are_held_than_were_asked_for(broker: RedisTaskBroker, consumer: Consumer) -> None:
    push(broker, 10)

    messages = take(consumer, 6)

    assert len(messages) == PREFETCH
    assert broker.length(Tier.REALTIME) == 6


def test_those_that_are_acknowledged_make_room_and_are_forgotten(
    broker: RedisTaskBroker, consumer: Consumer
) -> None:
    push(broker, 10)
    for message in take(consumer, PREFETCH):
        consumer.ack(message)

    take(consumer, 1)

    assert kept(broker) == 6
    assert broker.length(Tier.REALTIME) == 2


def test_what_was_fetched_and_not_looked_at_goes_back_when_the_consumer_closes(
    broker: RedisTaskBroker, consumer: Consumer
) -> None:
    push(broker, 4)
    (first,) = take(consumer, 1)
    consumer.ack(first)

    consumer.close()

    assert broker.length(Tier.REALTIME) == 3
    assert kept(broker) == 3


def test_a_message_for_another_queue_is_put_aside(
    broker: RedisTaskBroker, consumer: Consumer
) -> None:
    stray: Message[None] = Message(
        queue_name="elsewhere",
        actor_name="task:realtime",
        args=(),
        kwargs={"organization_id": str(new_id()), "task_id": str(new_id())},
        options={"redis_message_id": "1"},
    )
    broker.client.hset(f"{QUEUE}.msgs", "1", stray.encode())
    broker.client.rpush(QUEUE, "1")

    messages = take(consumer, 2)

    assert messages == []
    assert broker.client.zcard(f"{QUEUE}.XQ") == 1


def test_a_message_that_lost_its_text_is_passed_over(
    broker: RedisTaskBroker, consumer: Consumer
) -> None:
    broker.client.rpush(QUEUE, "1")
    pushed = push(broker, 1)

    messages = take(consumer, 2)

    assert [task_of(message) for message in messages] == pushed


def test_a_redis_that_is_away_is_a_connection_that_dramatiq_waits_for() -> None:
    broker = RedisTaskBroker("redis://127.0.0.1:1/0", timeout_seconds=1, retries=0)
    consumer = broker.consume("realtime", PREFETCH, 10)

    with pytest.raises(ConnectionClosed):
        next(consumer)
