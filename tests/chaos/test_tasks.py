"""Everything that moves tasks is killed, stopped, frozen or wiped under load: none is lost."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cli.local_servers.children import Child
from domain.operations.task import TaskState
from tests.support.stoppable_brokers import BROKERS
from tests.support.stoppable_servers import StoppableServers, stoppable_servers
from tests.support.task_load import task_load
from tests.support.task_platform import QUICK, TaskPlatform, task_platform
from tests.support.task_types import HELD, NOTE
from tests.support.waiting import eventually, eventually_true

A_WHILE = 3.0
"""Long enough for many tasks to be in every stage they can be in."""


@pytest.fixture(scope="module", params=BROKERS)
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoppableServers]:
    with stoppable_servers(tmp_path_factory.mktemp("servers"), broker=request.param) as running:
        yield running


@pytest.fixture
def platform(servers: StoppableServers, valkey_url: str, tmp_path: Path) -> Iterator[TaskPlatform]:
    with (
        servers.database() as database,
        task_platform(database, servers.broker.url, tmp_path) as started,
    ):
        if not servers.broker.url.startswith("redis"):
            # RabbitMQ brings tasks and nothing else: the rest goes through Redis as ever.
            started.use({"CAMPOTECH_REDIS_URL": valkey_url})
        yield started


@pytest.fixture
def quick_platform(platform: TaskPlatform) -> TaskPlatform:
    platform.use(QUICK)
    return platform


async def let_it_run(seconds: float = A_WHILE) -> None:
    await asyncio.sleep(seconds)


async def is_at_work(platform: TaskPlatform) -> bool:
    """Wait until effects appear."""

    async def has_effects() -> bool:
        return bool(platform.execute("SELECT 1 FROM test_effects LIMIT 1"))

    return await eventually_true(has_effects, within_seconds=20)


async def have_started(children: Sequence[Child]) -> bool:
    """Wait until each says so: before that a signal ends it without a word."""

    async def have_said_so() -> bool:
        return all('_started"' in child.log_path.read_text() for child in children)

    return await eventually_true(have_said_so, within_seconds=20)


async def test_twenty_tasks_of_a_killed_worker_run_again_within_ten_seconds(
    platform: TaskPlatform,
) -> None:
    platform.use({"CAMPOTECH_TASK_CONCURRENCY": "20"})
    platform.start_keeper()
    worker = platform.start_worker()
    tasks = await platform.dispatch(HELD, 20)
    assert platform.are_running(tasks)
    platform.start_worker()
    killed_at = time.monotonic()

    worker.send(signal.SIGKILL)

    assert eventually(lambda: platform.starts(tasks) == 40, within_seconds=15)
    assert time.monotonic() - killed_at < 10
    platform.release("note")
    assert platform.have_effect_once(tasks)


async def test_a_broker_that_is_killed_under_load_and_comes_back_empty(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        servers.broker.kill()
        await let_it_run()
        servers.broker.start()
        await let_it_run()

    assert load.is_done_once()


async def test_a_broker_that_is_wiped_under_load(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        servers.broker.wipe()
        await let_it_run(1)
        servers.broker.wipe()
        await let_it_run()

    assert load.is_done_once()


async def test_a_broker_that_freezes_under_load(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        servers.broker.freeze()
        await let_it_run(5)
        servers.broker.thaw()
        await let_it_run()

    assert load.is_done_once()


async def test_connections_to_the_broker_that_are_cut_under_load(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        for _ in range(3):
            servers.broker.cut_connections()
            await let_it_run(1)

    assert load.is_done_once()


async def test_a_database_that_is_away_for_ten_seconds_costs_no_task_an_attempt(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    held = await platform.dispatch(HELD, 3)
    async with task_load(platform) as load:
        assert platform.are_running(held)
        assert await is_at_work(platform)

        servers.stop_postgres()
        await let_it_run(10)
        servers.start_postgres()
        await let_it_run()
        platform.release("note")

    assert load.is_done_once()
    assert platform.have_effect_once(held)
    assert [platform.history(task, "crashes") for task in held] == [0, 0, 0]


async def test_everything_is_told_to_stop_at_full_load_and_started_again(
    quick_platform: TaskPlatform,
) -> None:
    platform = quick_platform
    running = [platform.start_keeper(), platform.start_worker(), platform.start_worker()]
    async with task_load(platform, per_second=200) as load:
        assert await is_at_work(platform)
        assert await have_started(running)

        for child in running:
            child.send(signal.SIGTERM)
        codes = [child.exit_code() for child in running if child.wait(timeout_seconds=10)]
        await let_it_run(1)

    assert codes == [0, 0, 0]
    platform.start_keeper()
    platform.start_worker()
    assert load.is_done_once()


async def test_workers_and_keepers_that_are_killed_again_and_again(
    quick_platform: TaskPlatform,
) -> None:
    platform = quick_platform
    chance = random.Random(7)  # noqa: S311 -- repeatable, not secret
    alive: list[Child] = [platform.start_keeper(), platform.start_keeper()]
    alive += [platform.start_worker(), platform.start_worker()]
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        for _ in range(6):
            index = chance.randrange(len(alive))
            alive[index].send(signal.SIGKILL)
            alive[index] = platform.start_keeper() if index < 2 else platform.start_worker()
            await let_it_run(1.5)

    assert load.is_done_once()


async def test_a_frozen_worker_that_wakes_under_load_doubles_nothing(
    quick_platform: TaskPlatform,
) -> None:
    platform = quick_platform
    platform.start_keeper()
    frozen = platform.start_worker()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await is_at_work(platform)

        for _ in range(3):
            frozen.send(signal.SIGSTOP)
            await let_it_run(2)
            frozen.send(signal.SIGCONT)
            await let_it_run(0.5)

    assert load.is_done_once()


async def test_workers_and_keepers_that_start_before_the_servers_wait_for_them(
    servers: StoppableServers, quick_platform: TaskPlatform
) -> None:
    platform = quick_platform
    tasks = await platform.dispatch(NOTE, 5)
    servers.stop_postgres()
    servers.broker.kill()
    started = [platform.start_keeper(), platform.start_worker()]
    await let_it_run()
    assert [child.exit_code() for child in started] == [None, None]

    servers.broker.start()
    await let_it_run(1)
    servers.start_postgres()

    assert platform.have_effect_once(tasks, within_seconds=30)
    assert {platform.history(task, "state") for task in tasks} == {TaskState.DONE}
