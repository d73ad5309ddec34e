import pytest

from domain.operations.settlement import done, failed, returned, without_handler
from domain.operations.task import NEXT_STATES, ParkTask, TaskState
from tests.support.task_builders import a_claimed_task
from tests.support.task_types import NOTE

FINAL = {TaskState.DONE, TaskState.CANCELLED, TaskState.DISCARDED}


def test_every_state_says_what_may_follow() -> None:
    assert set(NEXT_STATES) == set(TaskState)


@pytest.mark.parametrize("state", TaskState)
def test_nothing_follows_a_final_state_and_something_every_other(state: TaskState) -> None:
    assert (not NEXT_STATES[state]) == (state in FINAL)


@pytest.mark.parametrize("state", [state for state in TaskState if state != TaskState.READY])
def test_only_a_ready_task_starts_to_run(state: TaskState) -> None:
    assert TaskState.RUNNING not in NEXT_STATES[state]


@pytest.mark.parametrize("error", [ValueError(), ParkTask(1, "x")])
def test_a_worker_gives_a_task_back_in_a_state_that_may_follow(error: Exception) -> None:
    task = a_claimed_task(attempt=9, max_attempts=3)

    settlements = [
        done(task),
        returned(task),
        without_handler(task),
        failed(task, NOTE, error, jitter=0.5),
        failed(a_claimed_task(attempt=1), NOTE, error, jitter=0.5),
    ]

    assert {item.state for item in settlements} <= NEXT_STATES[TaskState.RUNNING]
