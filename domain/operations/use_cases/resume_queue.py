"""A paused queue goes on."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.identifiers import IdSource
from domain.operations.pause_ports import QueuePauses
from domain.operations.queue_pause import QueuePause, check_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeQueue:
    queue: str
    reason: str


async def resume_queue(
    pauses: QueuePauses, ids: IdSource, *, context: CommandContext, command: ResumeQueue
) -> QueuePause | None:
    """Let a tier or a type go on, once for the request id; return the pause it has now, if any.

    What is not paused stays as it is. Raises UnknownQueueError.
    """
    check_queue(command.queue)
    resumption_id = ids.new_id()
    async with pauses.transaction(context) as transaction:
        is_new = await transaction.claim(command, resumption_id) is None
        if is_new and await transaction.resume(command.queue):
            transaction.audit(
                "queue_resumed", resumption_id, queue=command.queue, reason=command.reason
            )
        return await transaction.pause_of(command.queue)
