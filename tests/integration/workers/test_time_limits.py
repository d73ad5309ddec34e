"""Attempts that take too long, and tasks that come too late, with real workers and keepers."""

from datetime import UTC, datetime, timedelta

from tests.support.task_platform import TaskPlatform
from tests.support.task_types import DEAF, HELD, NOTE, SLOW
from tests.support.waiting import eventually


async def test_an_attempt_that_takes_too_long_is_stopped_and_the_next_one_does_the_work(
    platform: TaskPlatform,
) -> None:
    platform.start_keeper()
    platform.start_worker()

    (task,) = await platform.dispatch(SLOW)

    assert platform.have_effect_once([task])
    first, second = platform.history(task, "attempts")
    assert first["error"] == "TIME_LIMIT_EXCEEDED: The attempt was stopped after 0.5 s."
    assert (first["outcome"], second["outcome"]) == ("retry", "done")


async def test_a_worker_ends_that_cannot_stop_an_attempt_and_gives_back_the_others(
    platform: TaskPlatform,
) -> None:
    platform.start_keeper()
    worker = platform.start_worker()
    neighbours = await platform.dispatch(HELD, 3)
    assert platform.are_running(neighbours)

    (deaf,) = await platform.dispatch(DEAF)

    assert worker.wait(timeout_seconds=30)
    assert worker.exit_code() == 1
    assert "task_does_not_stop" in worker.log_path.read_text()
    assert eventually(lambda: platform.ledger(deaf, "crashes") == 1)
    assert {platform.ledger(task, "attempt") for task in neighbours} == {0}
    assert platform.starts([deaf]) == 1


async def test_a_task_that_no_worker_starts_in_time_is_dead(platform: TaskPlatform) -> None:
    (task,) = await platform.dispatch(NOTE)
    platform.execute("UPDATE tasks SET deadline = %s", datetime.now(UTC) + timedelta(seconds=1))

    platform.start_keeper()

    assert eventually(lambda: platform.ledger(task, "state") == "dead", within_seconds=30)
    (record,) = platform.ledger(task, "attempts")
    assert record["error"] == "DEADLINE_EXCEEDED: The task did not start in time."
    platform.start_worker()
    others = await platform.dispatch(NOTE, 3)
    assert platform.have_effect_once(others)
    assert platform.starts([task]) == 0


async def test_a_paused_type_waits_while_others_run_and_goes_on_when_it_is_resumed(
    platform: TaskPlatform,
) -> None:
    pause = "INSERT INTO queue_pauses SELECT '00000000-0000-7000-8000-000000000000', %s, 'x', 'x'"
    platform.execute(pause, NOTE.name)
    platform.start_keeper()
    platform.start_worker()

    paused = await platform.dispatch(NOTE, 5)
    await platform.push(paused)
    others = await platform.dispatch(SLOW, 3)

    assert platform.have_effect_once(others)
    assert platform.starts(paused) == 0
    platform.execute("DELETE FROM queue_pauses")
    assert platform.have_effect_once(paused)
