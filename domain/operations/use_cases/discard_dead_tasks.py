"""Dead tasks are given up: their work is never done."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.commands import CommandContext
from domain.identifiers import IdSource, TaskId
from domain.operations.dead_tasks import DeadTasks
from domain.operations.ports import DeadTaskStore, DeadTaskTransaction
from domain.operations.use_cases.decide_on_dead_tasks import decide_on_dead_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDeadTasks:
    tasks: DeadTasks
    reason: str


async def discard_dead_tasks(
    store: DeadTaskStore, ids: IdSource, *, context: CommandContext, command: DiscardDeadTasks
) -> int:
    """Make dead tasks DISCARDED; return how many.

    Raises NotFoundError and TaskNotDeadError, and then discards none.
    """
    return await decide_on_dead_tasks(
        store,
        ids,
        context=context,
        command=command,
        action="discarded",
        decide=_discard,
        reason=command.reason,
    )


async def _discard(transaction: DeadTaskTransaction, task_ids: Sequence[TaskId]) -> None:
    await transaction.discard(task_ids)
