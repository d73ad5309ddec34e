"""What a task must be for the ledger to accept it."""

from domain.errors import InvalidInputError
from domain.operations.payload import to_json
from domain.operations.task_type import TaskType
from domain.transactions import NewTask

LOWEST_PRIORITY, HIGHEST_PRIORITY = -10, 10
LONGEST_KEY = 200
MOST_TASKS = 50_000
"""How many tasks one command may dispatch; more would hold its transaction open for too long."""


def checked_payload(task: NewTask, kind: TaskType) -> str:
    """Return the task's payload as JSON; raise InvalidInputError, naming the field."""
    if not LOWEST_PRIORITY <= task.priority <= HIGHEST_PRIORITY:
        raise InvalidInputError(
            f"A priority lies between {LOWEST_PRIORITY} and {HIGHEST_PRIORITY}.",
            field="priority",
            type=kind.name,
        )
    if not 0 < len(task.idempotency_key) <= LONGEST_KEY:
        raise InvalidInputError(
            f"An idempotency key has 1 to {LONGEST_KEY} characters.",
            field="idempotency_key",
            type=kind.name,
        )
    if task.run_at and task.deadline and task.deadline <= task.run_at:
        raise InvalidInputError(
            "A task's deadline comes after its time to run.", field="deadline", type=kind.name
        )
    kind.check(task.payload)
    return to_json(task.payload, kind.name)


def check_count(count: int) -> None:
    """Raise InvalidInputError for more tasks than one command may dispatch."""
    if count > MOST_TASKS:
        raise InvalidInputError(
            f"One command dispatches at most {MOST_TASKS} tasks.", field="tasks", count=count
        )
