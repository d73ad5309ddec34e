"""What operators may say wrongly of queues, of tasks and of those that died."""

from typing import Any

from campotech.operations.v1 import queues_pb2
from tests.integration.rpc.bad_input import NOT_A_UUID, TOO_LONG, UUID, BadInput, Call

TASK = f"tasks/{UUID}"


def _of_admins(method: str, **values: Any) -> Call:
    request = getattr(queues_pb2, f"{method}Request")(**values)
    return lambda business: getattr(business.api.admin().queues, method)(request)


def _dead_tasks(method: str, **values: Any) -> Call:
    """Return a call that lists or sums up dead tasks of some kind."""
    dead = queues_pb2.DeadTaskFilter(**values)
    request = getattr(queues_pb2, f"{method}Request")(filter=dead)
    return lambda business: getattr(business.owner.app.queues, method)(request)


BAD_QUEUE_INPUTS = [
    BadInput("a task to cancel that is none", _of_admins("CancelTask", name="tasks/1"), ("name",)),
    BadInput(
        "a task to cancel whose id is no UUID",
        _of_admins("CancelTask", name=f"tasks/{NOT_A_UUID}"),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a pause without a reason",
        _of_admins("PauseQueue", queue="batch"),
        ("reason",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a queue to pause in capitals",
        _of_admins("PauseQueue", queue="BATCH", reason="x"),
        ("queue",),
    ),
    BadInput(
        "no queue to resume",
        _of_admins("ResumeQueue", reason="x"),
        ("queue",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a reason to resume without end",
        _of_admins("ResumeQueue", queue="batch", reason=TOO_LONG),
        ("reason",),
    ),
    BadInput(
        "dead tasks of no type", _dead_tasks("ListDeadTasks", type="everything"), ("filter.type",)
    ),
    BadInput(
        "dead tasks since no time",
        _dead_tasks("ListDeadTasks", since="yesterday"),
        ("filter.since",),
    ),
    BadInput(
        "dead tasks until a day that does not exist",
        _dead_tasks("ListDeadTasks", until="2026-02-30"),
        ("filter.until",),
        "TIME_MALFORMED",
    ),
    BadInput(
        "a sum of errors that nobody has",
        _dead_tasks("GetDeadTaskSummary", error_fingerprint="xyz"),
        ("filter.error_fingerprint",),
    ),
    BadInput("neither tasks to retry nor a filter", _of_admins("RetryDeadTasks"), ("filter",)),
    BadInput(
        "a task to retry twice",
        _of_admins("RetryDeadTasks", names=[TASK, TASK]),
        ("names",),
    ),
    BadInput(
        "a task to retry whose id is no UUID",
        _of_admins("RetryDeadTasks", names=[f"tasks/{NOT_A_UUID}"]),
        ("names[0]",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "more tasks to retry than may be",
        _of_admins("RetryDeadTasks", filter=queues_pb2.DeadTaskFilter(), max_tasks=501),
        ("max_tasks",),
    ),
    BadInput(
        "tasks to discard for no reason",
        _of_admins("DiscardDeadTasks", names=[TASK]),
        ("reason",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "fewer tasks to discard than none",
        _of_admins("DiscardDeadTasks", names=[TASK], reason="x", max_tasks=-1),
        ("max_tasks",),
    ),
    BadInput("metrics since no time", _of_admins("GetQueueMetrics", since="yesterday"), ("since",)),
    BadInput(
        "metrics until an hour that does not exist",
        _of_admins("GetQueueMetrics", until="2026-03-01T25:00:00Z"),
        ("until",),
        "TIME_MALFORMED",
    ),
]
