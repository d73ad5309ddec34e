"""One server and one database for the whole folder: tests keep apart by businesses of their own."""

import sys
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog

from tests.support.businesses import Business, a_business
from tests.support.platform_work import PlatformWork
from tests.support.postgres_stores import open_transactions
from tests.support.rpc import Api, running_api
from tests.support.servers import DatabaseServer, RunningValkey


@pytest.fixture(scope="package", autouse=True)
def _logs_beside_the_output() -> Iterator[None]:
    """Keep what the server logs out of what a command prints: both run in this process."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def api(
    postgres_server: DatabaseServer,
    valkey_server: RunningValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Api]:
    """Yield the server."""
    folder = tmp_path_factory.mktemp("keys")
    with postgres_server.migrated_database() as database:
        async with running_api(database, valkey_server.valkey.url(), folder) as running:
            yield running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def platform_work(api: Api) -> AsyncIterator[PlatformWork]:
    """Yield what stands in for the workers."""
    async with open_transactions(api.database) as opener:
        yield PlatformWork(opener)


@pytest_asyncio.fixture(loop_scope="package")
async def business(api: Api) -> Business:
    """Return a business of the test's own."""
    return await a_business(api)


@pytest_asyncio.fixture(loop_scope="package")
async def another(api: Api) -> Business:
    """Return a second one."""
    return await a_business(api)
