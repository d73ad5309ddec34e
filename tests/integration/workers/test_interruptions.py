"""Workers that are killed, frozen or told to stop: the tasks go on, each effect stays one."""

import json
import signal
import time

import redis

from adapters.dispatch.redis_broker import NAMESPACE
from domain.operations.task_type import Tier
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import DEADLY, HELD, NOTE
from tests.support.waiting import eventually


async def test_tasks_of_a_killed_worker_run_again_within_ten_seconds(
    real_platform: TaskPlatform,
) -> None:
    platform = real_platform
    platform.start_keeper()
    worker = platform.start_worker()
    tasks = await platform.dispatch(HELD, 8)
    assert platform.are_running(tasks)
    platform.start_worker()
    killed_at = time.monotonic()

    worker.send(signal.SIGKILL)

    assert eventually(lambda: platform.starts(tasks) == 16, within_seconds=15)
    assert time.monotonic() - killed_at < 10
    platform.release("note")
    assert platform.have_effect_once(tasks)


async def test_a_frozen_worker_that_wakes_cannot_complete_what_it_lost(
    platform: TaskPlatform,
) -> None:
    platform.start_keeper()
    frozen = platform.start_worker()
    tasks = await platform.dispatch(HELD, 3)
    assert platform.are_running(tasks)
    frozen.send(signal.SIGSTOP)
    platform.start_worker()
    assert eventually(lambda: platform.starts(tasks) == 6)

    platform.release("note")
    assert platform.have_effect_once(tasks)
    frozen.send(signal.SIGCONT)

    assert eventually(lambda: frozen.log_path.read_text().count("task_lease_lost") == 3)
    assert platform.effects(tasks) == [1, 1, 1]
    assert platform.execute("SELECT count(*) FROM test_effects WHERE pid = %s", frozen.pid) == [
        (0,)
    ]


async def test_a_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish(
    real_platform: TaskPlatform,
) -> None:
    platform = real_platform
    worker = platform.start_worker()
    tasks = await platform.dispatch(HELD, 15)
    await platform.push(tasks)
    assert eventually(lambda: platform.starts(tasks) == 10)

    worker.send(signal.SIGTERM)

    assert worker.wait(timeout_seconds=10)
    assert worker.exit_code() == 0
    assert {platform.ledger(task, "state") for task in tasks} == {"ready"}
    assert {platform.ledger(task, "attempt") for task in tasks} == {0}
    platform.release("note")
    platform.start_keeper()
    platform.start_worker()
    assert platform.have_effect_once(tasks)


async def test_what_is_given_back_comes_before_what_had_not_been_fetched(
    platform: TaskPlatform,
) -> None:
    worker = platform.start_worker()
    begun = await platform.dispatch(HELD, 10)
    await platform.push(begun)
    assert platform.are_running(begun)
    fetched = await platform.dispatch(HELD, 10)
    await platform.push(fetched)
    assert eventually(lambda: waiting_messages(platform) == [])
    behind = await platform.dispatch(NOTE, 30)
    await platform.push(behind)

    worker.send(signal.SIGTERM)

    assert worker.wait(timeout_seconds=10)
    order = waiting_messages(platform)
    assert set(order[:20]) == {str(task.task_id) for task in [*begun, *fetched]}
    assert order[20:] == [str(task.task_id) for task in behind]


def waiting_messages(platform: TaskPlatform) -> list[str]:
    """Return the tasks of the messages that nobody has fetched, in their order."""
    queue = f"{NAMESPACE}:{Tier.REALTIME.value}"
    with redis.Redis.from_url(platform.broker_url) as client:
        ids = client.lrange(queue, 0, -1)
        return [
            json.loads(client.hget(f"{queue}.msgs", key) or "")["kwargs"]["task_id"] for key in ids
        ]


async def test_a_worker_that_is_told_to_stop_finishes_what_it_can(platform: TaskPlatform) -> None:
    worker = platform.start_worker()
    tasks = await platform.dispatch(HELD, 3)
    await platform.push(tasks)
    assert platform.are_running(tasks)

    worker.send(signal.SIGTERM)
    platform.release("note")

    assert worker.wait(timeout_seconds=10)
    assert platform.effects(tasks) == [1, 1, 1]


async def test_a_task_that_kills_its_worker_is_dead_after_three_crashes_and_others_live(
    platform: TaskPlatform,
) -> None:
    platform.start_keeper()
    neighbours = await platform.dispatch(HELD, 4)
    (poison,) = await platform.dispatch(DEADLY)
    worker = platform.start_worker()

    def is_over() -> bool:
        nonlocal worker
        if worker.exit_code() is not None:
            worker = platform.start_worker()
        if platform.ledger(poison, "crashes") == 2:
            platform.release("note")
        return bool(platform.ledger(poison, "state") == "dead")

    assert eventually(is_over, within_seconds=60)
    platform.start_worker()
    assert platform.have_effect_once(neighbours)
    assert platform.starts([poison]) == 3


async def test_a_wiped_broker_gets_everything_back(platform: TaskPlatform) -> None:
    platform.start_keeper()
    tasks = await platform.dispatch(NOTE, 20)
    assert eventually(lambda: all(platform.ledger(task, "pushed_at") for task in tasks))

    with redis.Redis.from_url(platform.broker_url) as client:
        client.flushall()
    platform.start_worker()

    assert platform.have_effect_once(tasks)


async def test_two_keepers_bring_every_task_once(platform: TaskPlatform) -> None:
    platform.start_keeper()
    platform.start_keeper()
    platform.start_worker()

    tasks = [task for _ in range(5) for task in await platform.dispatch(NOTE, 20)]

    assert platform.have_effect_once(tasks)
    assert platform.starts(tasks) == 100
