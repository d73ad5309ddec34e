"""A paused queue: a tier or a type of tasks of which nothing is started for now."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import InvalidInputError
from domain.operations.task_type import TASK_TYPES, TaskTypes, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePause:
    """Who paused which queue since when, and why."""

    queue: str
    """A tier, or a type."""
    reason: str
    actor: str
    paused_at: datetime


class UnknownQueueError(InvalidInputError):
    reason = "UNKNOWN_QUEUE"

    def __init__(self, queue: str) -> None:
        super().__init__(f"There is no queue {queue}.", field="queue", queue=queue)


def check_queue(queue: str, types: TaskTypes = TASK_TYPES) -> None:
    """Raise UnknownQueueError unless it is a tier or a type."""
    if queue not in types and queue not in set(Tier):
        raise UnknownQueueError(queue)
