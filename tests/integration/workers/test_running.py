"""Tasks that run: once each, whatever the broker says."""

import json
import signal

import redis

from adapters.dispatch.handoff import TaskHandoff
from adapters.dispatch.redis_broker import NAMESPACE
from domain.operations.task_type import Tier
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import CHORE, IMPATIENT, LONG, NOTE, ORPHAN
from tests.support.waiting import eventually


async def test_what_is_handed_over_after_the_commit_runs_without_a_keeper(
    platform: TaskPlatform,
) -> None:
    platform.start_worker()
    handoff = TaskHandoff(platform.broker_url)
    handoff.start()
    tasks = await platform.dispatch(NOTE, 5)

    handoff.tasks_ready(tasks)

    assert platform.have_effect_once(tasks)
    handoff.close()


async def test_what_nobody_handed_over_runs_all_the_same(platform: TaskPlatform) -> None:
    platform.start_worker()
    platform.start_keeper()

    tasks = await platform.dispatch(NOTE, 5)

    assert platform.have_effect_once(tasks)


async def test_each_tier_has_workers_of_its_own(platform: TaskPlatform) -> None:
    for tier in Tier:
        platform.start_worker(tier)
    platform.start_keeper()

    tasks = [task for kind in (NOTE, CHORE, LONG) for task in await platform.dispatch(kind)]

    assert platform.have_effect_once(tasks)
    assert len(platform.execute("SELECT DISTINCT pid FROM test_effects")) == 3


async def test_repeated_messages_make_one_effect(platform: TaskPlatform) -> None:
    tasks = await platform.dispatch(NOTE, 10)
    for _ in range(5):
        await platform.push(tasks)

    platform.start_worker()
    platform.start_worker()

    assert platform.have_effect_once(tasks)
    assert eventually(lambda: _messages(platform) == 0)
    assert platform.effects(tasks) == [1] * 10


async def test_messages_that_nobody_can_read_are_put_aside(platform: TaskPlatform) -> None:
    unreadable = {
        "1": b"\xff not a message",
        "2": b"[]",
        "3": json.dumps({"queue_name": "realtime"}).encode(),
        "4": json.dumps(_message("4", {"task_id": "7"})).encode(),
        "5": json.dumps({**_message("5", {}), "actor_name": "somebody"}).encode(),
    }
    with redis.Redis.from_url(platform.broker_url) as client:
        client.hset(f"{NAMESPACE}:realtime.msgs", mapping=unreadable)
        client.rpush(f"{NAMESPACE}:realtime", *unreadable)
    tasks = await platform.dispatch(NOTE, 3)
    await platform.push(tasks)

    platform.start_worker()

    assert platform.have_effect_once(tasks)
    assert eventually(lambda: _messages(platform) == 0)


async def test_a_task_without_a_handler_waits_visibly(platform: TaskPlatform) -> None:
    platform.start_worker()
    platform.start_keeper()

    (task,) = await platform.dispatch(ORPHAN)

    assert eventually(lambda: platform.ledger(task, "state") == "parked")
    assert platform.ledger(task, "parked_reason") == "no_handler"
    assert platform.ledger(task, "attempt") == 0


async def test_a_type_that_a_build_does_not_know_waits_for_a_worker_that_does(
    platform: TaskPlatform,
) -> None:
    platform.start_keeper()
    deployed = platform.start_worker_as_deployed(Tier.REALTIME)
    (task,) = await platform.dispatch(NOTE)
    assert eventually(
        lambda: platform.ledger(task, "parked_reason") == "no_handler", within_seconds=30
    )
    deployed.send(signal.SIGTERM)
    assert deployed.wait(timeout_seconds=15)

    platform.start_worker()

    assert platform.have_effect_once([task])
    assert platform.history(task, "attempt") == 1


async def test_a_task_that_keeps_failing_is_dead_with_every_error(platform: TaskPlatform) -> None:
    platform.start_worker()
    platform.start_keeper()

    (task,) = await platform.dispatch(IMPATIENT)

    assert eventually(lambda: platform.ledger(task, "state") == "dead")
    assert [record["error"] for record in platform.ledger(task, "attempts")] == [
        "TEMPORARILY_UNAVAILABLE: Attempt 1 fails.",
        "TEMPORARILY_UNAVAILABLE: Attempt 2 fails.",
    ]


def _messages(platform: TaskPlatform) -> int:
    with redis.Redis.from_url(platform.broker_url) as client:
        return int(client.hlen(f"{NAMESPACE}:realtime.msgs"))


def _message(message_id: str, fields: dict[str, str]) -> dict[str, object]:
    return {
        "queue_name": "realtime",
        "actor_name": "task:realtime",
        "args": [],
        "kwargs": fields,
        "options": {"redis_message_id": message_id},
        "message_id": message_id,
        "message_timestamp": 0,
    }
