"""Dead tasks get another chance, with all their attempts before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.commands import CommandContext
from domain.identifiers import IdSource, TaskId
from domain.operations.dead_tasks import RETRIES_PER_SECOND, DeadTasks
from domain.operations.ports import DeadTaskStore, DeadTaskTransaction
from domain.operations.use_cases.decide_on_dead_tasks import decide_on_dead_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDeadTasks:
    tasks: DeadTasks


async def retry_dead_tasks(
    store: DeadTaskStore, ids: IdSource, *, context: CommandContext, command: RetryDeadTasks
) -> int:
    """Make dead tasks READY, to start one after another; return how many.

    Raises NotFoundError and TaskNotDeadError, and then retries none.
    """
    return await decide_on_dead_tasks(
        store, ids, context=context, command=command, action="retried", decide=_retry
    )


async def _retry(transaction: DeadTaskTransaction, task_ids: Sequence[TaskId]) -> None:
    await transaction.retry(task_ids, per_second=RETRIES_PER_SECOND)
