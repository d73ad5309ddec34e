"""A task is called off before it runs."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.identifiers import TaskId
from domain.operations.ports import TaskCommands
from domain.operations.task import Task, TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask:
    task_id: TaskId


async def cancel_task(tasks: TaskCommands, *, context: CommandContext, command: CancelTask) -> Task:
    """Make a task that is READY, SCHEDULED or PARKED CANCELLED, once for its request id.

    Raises NotFoundError, TaskTransitionRefusedError.
    """
    async with tasks.transaction(context) as transaction:
        task = await transaction.task(command.task_id)
        if await transaction.claim(command, task.id) is not None:
            return task
        task.check_may_become(TaskState.CANCELLED)
        await transaction.cancel(task.id)
        transaction.audit("task_cancelled", task.id, previous_state=task.state)
        return await transaction.task(task.id)
