"""Tasks as workers meet them."""

from datetime import timedelta
from typing import Any

from domain.identifiers import TaskId
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.task import ReadyTask
from domain.operations.task_type import TaskType
from tests.support.builders import an_organization_id
from tests.support.clocks import MORNING, id_at, new_id
from tests.support.in_memory_tasks import InMemoryTasks
from tests.support.task_types import NOTE


def a_claimed_task(**particular: Any) -> ClaimedTask:
    values: dict[str, Any] = {
        "organization_id": an_organization_id(),
        "id": TaskId(new_id()),
        "type": NOTE.name,
        "payload": {"note": "x"},
        "attempt": 1,
        "max_attempts": 10,
        "crashes": 0,
        "fencing_token": 1,
        "correlation_id": "test",
        "traceparent": None,
        "run_at": MORNING,
        "started_at": MORNING,
        **particular,
    }
    return ClaimedTask(**values)


def an_added_task(
    ledger: InMemoryTasks,
    kind: TaskType = NOTE,
    *,
    priority: int = 0,
    deadline_seconds: float | None = None,
) -> ReadyTask:
    """Add a ready task that is a minute old to a ledger in memory."""
    task_id = TaskId(id_at(ledger.now - timedelta(minutes=1)))
    task = ReadyTask(an_organization_id(), task_id, kind.name, kind.tier)
    ledger.add(
        task.organization_id,
        task_id,
        kind,
        priority=priority,
        deadline_seconds=deadline_seconds,
    )
    return task


def a_ticket(task: ReadyTask, *, is_alone: bool = False) -> Ticket:
    return Ticket(task.organization_id, task.task_id, is_alone)
