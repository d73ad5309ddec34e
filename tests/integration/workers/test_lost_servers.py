"""A database or a broker that is gone for a moment; tests/chaos does it for longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stoppable_servers import StoppableServers, stoppable_servers
from tests.support.task_load import task_load
from tests.support.task_platform import QUICK, TaskPlatform, task_platform
from tests.support.task_types import HELD
from tests.support.waiting import eventually_true


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoppableServers]:
    with stoppable_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture
def platform(servers: StoppableServers, tmp_path: Path) -> Iterator[TaskPlatform]:
    with (
        servers.database() as database,
        task_platform(database, servers.broker.url, tmp_path) as started,
    ):
        started.use(QUICK)
        yield started


async def test_tasks_at_work_while_the_database_is_away_are_completed_when_it_is_back(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    platform.start_keeper()
    platform.start_worker()
    tasks = await platform.dispatch(HELD, 5)
    assert platform.are_running(tasks)

    servers.stop_postgres()
    platform.release("note")
    servers.start_postgres()

    assert platform.have_effect_once(tasks)


async def test_a_consumer_whose_connection_is_cut_goes_on(
    servers: StoppableServers, platform: TaskPlatform
) -> None:
    async def has_effects() -> bool:
        return platform.execute("SELECT 1 FROM test_effects LIMIT 1") != []

    platform.start_keeper()
    platform.start_worker()
    async with task_load(platform) as load:
        assert await eventually_true(has_effects)

        servers.broker.cut_connections()

    assert load.is_done_once()
