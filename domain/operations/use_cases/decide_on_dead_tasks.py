"""What retrying and discarding share: pick dead tasks, decide on them once, note who did."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from domain.commands import CommandContext
from domain.identifiers import IdSource, TaskId
from domain.operations.dead_tasks import DeadTasks
from domain.operations.ports import DeadTaskStore, DeadTaskTransaction
from domain.transactions import JsonScalar

Decision = Callable[[DeadTaskTransaction, Sequence[TaskId]], Awaitable[None]]


class DeadTaskCommand(Protocol):
    """A command about some dead tasks."""

    @property
    def tasks(self) -> DeadTasks: ...


async def decide_on_dead_tasks(
    store: DeadTaskStore,
    ids: IdSource,
    *,
    context: CommandContext,
    command: DeadTaskCommand,
    action: str,
    decide: Decision,
    **details: JsonScalar,
) -> int:
    """Decide once for the request id; return on how many tasks it was decided then."""
    wanted = command.tasks
    async with store.transaction(context) as transaction:
        batch_id = ids.new_id()
        first = await transaction.claim(command, batch_id)
        if first is not None:
            return await transaction.batch_size(first)
        picked = (
            await transaction.pick(wanted.task_ids)
            if wanted.task_ids
            else await transaction.pick_matching(wanted.filter, wanted.max_tasks)
        )
        await decide(transaction, picked)
        for task_id in picked:
            transaction.audit(f"task_{action}", task_id, batch=str(batch_id), **details)
        transaction.audit(f"dead_tasks_{action}", batch_id, size=len(picked), **details)
    return len(picked)
