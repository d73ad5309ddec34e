"""What workers and keepers count of their own work, also when they are killed at it."""

import signal
from collections.abc import Sequence

from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import HELD, NOTE
from tests.support.waiting import eventually

_COUNTED = "SELECT sum({column}) FROM queue_statistics WHERE grain = 'minute' AND type = %s"
_UNFINISHED = "SELECT count(*) FROM tasks WHERE state <> 'done'"
_BACKDATE = (
    "UPDATE tasks SET finished_at = finished_at - interval '11 seconds' WHERE state = 'done'"
)
_PLACES = (
    "SELECT COALESCE(sum(concurrency), 0) FROM worker_processes"
    " WHERE seen_at > now() - interval '15 seconds'"
)


def counted(platform: TaskPlatform, column: str, kind: str = NOTE.name) -> int:
    ((value,),) = platform.execute(_COUNTED.format(column=column), kind)
    return int(value or 0)


def all_done(platform: TaskPlatform) -> bool:
    return eventually(lambda: platform.execute(_UNFINISHED) == [(0,)], within_seconds=60)


async def test_what_was_dispatched_and_done_is_counted_exactly_though_a_worker_is_killed(
    platform: TaskPlatform,
) -> None:
    workers = [platform.start_worker() for _ in range(2)]
    platform.start_keeper()
    first = [*await platform.dispatch(NOTE, 60), *await platform.dispatch(HELD, 5, note="later")]
    assert _some_run(platform, first)
    workers[0].send(signal.SIGKILL)
    platform.release("later")
    for _ in range(5):
        await platform.dispatch(NOTE, 20)

    assert all_done(platform)

    platform.execute(_BACKDATE)
    assert eventually(
        lambda: (counted(platform, "finished"), counted(platform, "dispatched")) == (160, 160),
        within_seconds=30,
    )
    assert counted(platform, "finished", HELD.name) == 5


async def test_a_worker_that_stops_leaves_its_counts_and_no_places(
    platform: TaskPlatform,
) -> None:
    worker = platform.start_worker()
    platform.start_keeper()
    assert eventually(lambda: platform.execute(_PLACES) == [(10,)], within_seconds=30)
    tasks = await platform.dispatch(NOTE, 20)
    assert platform.have_effect_once(tasks)

    assert worker.stop(timeout_seconds=15)

    assert platform.execute(_PLACES) == [(0,)]
    assert eventually(lambda: counted(platform, "succeeded") == 20, within_seconds=30)


async def test_workers_of_each_tier_say_how_many_places_they_have(platform: TaskPlatform) -> None:
    for tier in Tier:
        platform.start_worker(tier)

    assert eventually(lambda: platform.execute(_PLACES) == [(17,)], within_seconds=30)


def _some_run(platform: TaskPlatform, tasks: Sequence[ReadyTask]) -> bool:
    return eventually(lambda: platform.starts(tasks) >= 20, within_seconds=30)
