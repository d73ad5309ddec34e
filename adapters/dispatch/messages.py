"""The message that stands for a task in the broker: who it is, and nothing that could go stale.

One generic actor per tier takes all of them. So a message of a type that this build does not know
reaches the ledger like any other, which then decides, instead of ending as a dead letter.
"""

from collections.abc import Mapping
from uuid import UUID

from dramatiq import Message
from dramatiq.broker import MessageProxy

from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import Ticket
from domain.operations.ports import TaskToPush
from domain.operations.task_type import Tier


class UnreadableMessageError(Exception):
    """The broker held something that is no task's message."""


def queue_of(tier: Tier) -> str:
    """Return the queue of a tier; Dramatiq's queues may hold no colon."""
    return tier.value


def actor_of(tier: Tier) -> str:
    """Return the name of the actor that runs every task of a tier."""
    return f"task:{tier.value}"


def to_message(item: TaskToPush) -> Message[None]:
    return with_fields(
        item.task.tier,
        {
            "organization_id": str(item.task.organization_id),
            "task_id": str(item.task.task_id),
            "type": item.task.type,
            "is_alone": item.is_alone,
        },
    )


def with_fields(tier: Tier, fields: Mapping[str, object]) -> Message[None]:
    """Return a new message of a tier with the fields of another."""
    return Message(
        queue_name=queue_of(tier),
        actor_name=actor_of(tier),
        args=(),
        kwargs=dict(fields),
        options={},
    )


def check_message(message: Message[None] | MessageProxy, *, queue_name: str) -> None:
    """Raise UnreadableMessageError for what can be no task's, or names another queue than its own.

    The latter would end the thread that feeds the tasks: it looks for the named queue's consumer.
    """
    if message.queue_name != queue_name:
        raise UnreadableMessageError(str(message.queue_name))
    to_ticket(message.kwargs)


def to_ticket(fields: Mapping[str, object]) -> Ticket:
    """Return the task that a message's fields stand for; raise UnreadableMessageError.

    Fields that a later release adds are passed over.
    """
    try:
        return Ticket(
            organization_id=OrganizationId(UUID(str(fields["organization_id"]))),
            task_id=TaskId(UUID(str(fields["task_id"]))),
            is_alone=fields.get("is_alone") is True,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableMessageError(str(fields)) from error
