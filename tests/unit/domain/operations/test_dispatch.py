from datetime import timedelta

import pytest

from domain.errors import InvalidInputError
from domain.operations.dispatch import (
    HIGHEST_PRIORITY,
    LONGEST_KEY,
    LOWEST_PRIORITY,
    MOST_TASKS,
    check_count,
    checked_payload,
)
from domain.transactions import NewTask
from tests.support.clocks import MORNING
from tests.support.task_types import NOTE


def a_task(**particular: object) -> NewTask:
    values: dict[str, object] = {
        "type": NOTE.name,
        "payload": {"note": "x"},
        "idempotency_key": "k",
        **particular,
    }
    return NewTask(**values)  # type: ignore[arg-type]  # wrong values are what is tested


@pytest.mark.parametrize("priority", [LOWEST_PRIORITY, 0, HIGHEST_PRIORITY])
def test_a_task_as_its_type_wants_it_passes_and_is_written_as_json(priority: int) -> None:
    assert checked_payload(a_task(priority=priority), NOTE) == '{"note": "x"}'


@pytest.mark.parametrize(
    ("particular", "field"),
    [
        ({"priority": HIGHEST_PRIORITY + 1}, "priority"),
        ({"priority": LOWEST_PRIORITY - 1}, "priority"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": "k" * (LONGEST_KEY + 1)}, "idempotency_key"),
        ({"run_at": MORNING, "deadline": MORNING}, "deadline"),
        ({"payload": {}}, "payload.note"),
        ({"payload": {"note": "x" * 70_000}}, "payload"),
    ],
)
def test_another_task_is_refused_by_the_name_of_the_field(
    particular: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked_payload(a_task(**particular), NOTE)

    assert refusal.value.field == field


def test_a_deadline_after_the_time_to_run_passes() -> None:
    later = MORNING + timedelta(seconds=1)

    assert checked_payload(a_task(run_at=MORNING, deadline=later), NOTE)


def test_a_command_may_dispatch_many_tasks_but_not_any_number() -> None:
    check_count(MOST_TASKS)

    with pytest.raises(InvalidInputError) as refusal:
        check_count(MOST_TASKS + 1)

    assert refusal.value.metadata["count"] == str(MOST_TASKS + 1)
