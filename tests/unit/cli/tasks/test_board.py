from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console

from campotech.operations.v1.queues_pb2 import QueuePause
from campotech_client.resources import Task
from cli.tasks.board import Board

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(NOW - timedelta(seconds=seconds))
    return stamp


def a_task(
    state: Task.State.ValueType, *, kind: str = "invoice:generate", age: float, due: float = 0
) -> Task:
    return Task(
        type=kind,
        tier=Task.TIER_BATCH,
        state=state,
        create_time=ago(age),
        run_time=ago(due),
        finish_time=ago(1) if state == Task.STATE_DONE else None,
    )


def test_tasks_are_counted_by_tier_type_and_state() -> None:
    tasks = [
        a_task(Task.STATE_READY, age=300, due=120),
        a_task(Task.STATE_READY, age=10, due=10),
        a_task(Task.STATE_DONE, age=30),
        a_task(Task.STATE_DONE, age=3000),
        a_task(Task.STATE_DEAD, kind="whatsapp:send", age=99),
    ]

    board = Board.of(tasks, at=NOW, is_cut=False)

    line = board.lines[Task.TIER_BATCH, "invoice:generate"]
    assert (line.states[Task.STATE_READY], line.states[Task.STATE_DEAD]) == (2, 0)
    assert line.oldest_ready == NOW - timedelta(seconds=120)
    assert (line.arrived, line.finished) == (2, 2)
    assert board.lines[Task.TIER_BATCH, "whatsapp:send"].states[Task.STATE_DEAD] == 1


def test_a_board_says_when_it_has_not_seen_all() -> None:
    console = Console(width=160, record=True)

    console.print(Board.of([a_task(Task.STATE_READY, age=5)], at=NOW, is_cut=True).render())

    shown = console.export_text()
    assert "1 open or more" in shown
    assert "invoice:generate" in shown


def test_a_board_says_what_is_paused_and_why() -> None:
    console = Console(width=160, record=True)
    pause = QueuePause(queue="batch", reason="ARCA is down [see log].", pause_time=ago(60))

    console.print(Board.of([], at=NOW, is_cut=False, pauses=[pause]).render())

    assert "ARCA is down [see log]." in console.export_text()
