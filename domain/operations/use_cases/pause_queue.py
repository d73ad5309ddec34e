"""A queue is paused: nothing of it is started until somebody resumes it."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.identifiers import IdSource
from domain.operations.pause_ports import QueuePauses
from domain.operations.queue_pause import QueuePause, check_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseQueue:
    queue: str
    reason: str


async def pause_queue(
    pauses: QueuePauses, ids: IdSource, *, context: CommandContext, command: PauseQueue
) -> QueuePause | None:
    """Pause a tier or a type once for the request id; return how it is paused now.

    What is paused already stays as it is. Raises UnknownQueueError.
    """
    check_queue(command.queue)
    pause_id = ids.new_id()
    async with pauses.transaction(context) as transaction:
        is_new = await transaction.claim(command, pause_id) is None
        if is_new and await transaction.pause(command.queue, command.reason):
            transaction.audit("queue_paused", pause_id, queue=command.queue, reason=command.reason)
        return await transaction.pause_of(command.queue)
