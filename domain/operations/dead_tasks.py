"""Dead tasks: which of them somebody means, and how those of one cause look together."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import PreconditionError
from domain.identifiers import TaskId
from domain.operations.task import Task, TaskState

RETRIES_PER_SECOND = 10
"""How many retried tasks of an organisation start a second: what killed them may still be weak."""
DEFAULT_TASKS = 100
"""How many tasks of a filter a command touches that does not say."""
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTaskFilter:
    """Which dead tasks; what is None does not restrict it."""

    type: str | None = None
    error_fingerprint: str | None = None
    since: datetime | None = None
    """Died at or after."""
    until: datetime | None = None
    """Died before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTasks:
    """The tasks a command is about: those named or, if none is, the oldest of a filter."""

    task_ids: tuple[TaskId, ...] = ()
    filter: DeadTaskFilter = DeadTaskFilter()
    max_tasks: int = DEFAULT_TASKS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTaskGroup:
    """Dead tasks of one type that died of one error."""

    type: str
    error_fingerprint: str
    task_count: int
    first_died_at: datetime
    last_died_at: datetime
    newest: Task


class TaskNotDeadError(PreconditionError):
    """Only a dead task is retried or discarded."""

    reason = "TASK_NOT_DEAD"

    def __init__(self, task_id: TaskId, state: TaskState) -> None:
        super().__init__(
            f"The task {task_id} is {state}, not dead.", task_id=task_id, state=state.value
        )
