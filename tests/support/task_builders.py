"""Tasks as workers meet them."""

from typing import Any

from domain.identifiers import TaskId
from domain.operations.claim import ClaimedTask
from tests.support.builders import an_organization_id
from tests.support.clocks import MORNING, new_id
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
