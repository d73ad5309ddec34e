from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from campotech_client.resources import Task
from cli.tasks.timeline import timeline

BORN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(BORN + timedelta(seconds=seconds))
    return stamp


def an_attempt(
    number: int, began: float, ended: float | None, outcome: Task.Attempt.Outcome.ValueType
) -> Task.Attempt:
    return Task.Attempt(
        attempt=number,
        start_time=at(began),
        end_time=None if ended is None else at(ended),
        outcome=outcome,
        error="TEMPORARY: down" if outcome == Task.Attempt.OUTCOME_RETRY else "",
    )


def test_every_attempt_is_told_with_its_wait_and_its_error() -> None:
    task = Task(
        state=Task.STATE_DONE,
        create_time=at(0),
        attempts=[
            an_attempt(1, 2, 5, Task.Attempt.OUTCOME_RETRY),
            an_attempt(2, 95, 96, Task.Attempt.OUTCOME_DONE),
        ],
    )

    story = timeline(task)

    assert [happening.what for happening in story] == [
        "dispatched",
        "attempt 1 after a wait of 2.0 s: failed, another follows, 3.0 s",
        "attempt 2 after a wait of 2 min: was done, 1.0 s",
    ]
    assert [happening.error for happening in story] == ["", "TEMPORARY: down", ""]


def test_a_running_attempt_has_no_end() -> None:
    running = an_attempt(1, 1, None, Task.Attempt.OUTCOME_UNSPECIFIED)

    story = timeline(Task(state=Task.STATE_RUNNING, create_time=at(0), attempts=[running]))

    assert story[-1].what == "attempt 1 after a wait of 1.0 s: runs"


def test_a_parked_task_says_what_it_waits_for_and_until_when() -> None:
    task = Task(
        state=Task.STATE_PARKED,
        parked_reason="rate_limited",
        create_time=at(0),
        update_time=at(1),
        run_time=at(60),
    )

    assert timeline(task)[-1].what.startswith("parked (rate_limited): may run from 2026-11-20 ")


def test_what_an_operator_decided_comes_last() -> None:
    task = Task(state=Task.STATE_DISCARDED, create_time=at(0), finish_time=at(9))

    last = timeline(task)[-1]

    assert (last.what, last.at) == ("discarded by an operator", BORN + timedelta(seconds=9))
