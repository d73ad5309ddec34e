"""Fixtures for every test: a fresh migrated database, an empty Valkey, the whole platform."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from cli.local_platform.platform import LocalPlatform
from tests.support.platform import running_platform
from tests.support.servers import (
    Database,
    DatabaseServer,
    RunningValkey,
    running_postgres,
    running_valkey,
)

ON_THE_PLATFORM = ("tests/e2e/", "tests/integration/local_platform/test_platform.py")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """Yield one Postgres for the whole run; a test that stops a server starts one of its own."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as postgres:
        yield DatabaseServer(postgres)


@pytest.fixture
def database(postgres_server: DatabaseServer) -> Iterator[Database]:
    """Yield a database of this test's own, with the newest schema and no rows."""
    with postgres_server.migrated_database() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    """Yield one Valkey for the whole run; a test that stops a server starts one of its own."""
    with running_valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def valkey_url(valkey_server: RunningValkey) -> str:
    """Return the address of a Valkey with nothing in it."""
    with valkey_server.valkey.connect() as client:
        client.flushall()
    return valkey_server.valkey.url()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalPlatform]:
    """Yield one whole platform for the run, watched over while its tests run."""
    async with running_platform(log_copy=tmp_path_factory.mktemp("platform-logs")) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that use the platform in the loop which watches over it."""
    in_the_platforms_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if isinstance(item, pytest.Function) and "platform" in item.fixturenames:
            item.add_marker(in_the_platforms_loop, append=False)


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process whole files, for the servers they start, and those of the platform to one."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "platform" if path.startswith(ON_THE_PLATFORM) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    return FilesTogether(config, log)
