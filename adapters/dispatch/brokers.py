"""Which broker an address names: Redis or Valkey by default, RabbitMQ by its own scheme."""

from adapters.dispatch.redis_broker import RedisTaskBroker
from adapters.dispatch.task_broker import TaskBroker

RABBITMQ_SCHEMES = ("amqp://", "amqps://")


def open_broker(url: str, *, timeout_seconds: float, retries: int) -> TaskBroker:
    """Return a broker with the tiers' queues; nothing is connected before it is used."""
    if url.startswith(RABBITMQ_SCHEMES):
        # Few have it, and every process that starts would pay for its import.
        from adapters.dispatch.rabbitmq_broker import RabbitmqTaskBroker  # noqa: PLC0415 -- see above

        return RabbitmqTaskBroker(url, timeout_seconds=timeout_seconds)
    return RedisTaskBroker(url, timeout_seconds=timeout_seconds, retries=retries)
