"""Which broker an address names: Redis or Valkey by default, RabbitMQ by its own scheme."""

from adapters.dispatch.rabbitmq_broker import SCHEMES, RabbitmqTaskBroker
from adapters.dispatch.redis_broker import RedisTaskBroker
from adapters.dispatch.task_broker import TaskBroker


def open_broker(url: str, *, timeout_seconds: float, retries: int) -> TaskBroker:
    """Return a broker with the tiers' queues; nothing is connected before it is used."""
    if url.startswith(SCHEMES):
        return RabbitmqTaskBroker(url, timeout_seconds=timeout_seconds)
    return RedisTaskBroker(url, timeout_seconds=timeout_seconds, retries=retries)
