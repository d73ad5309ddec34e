"""The whole platform, for the stories that are told on it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.local_platform.platform import LocalPlatform
from tests.conftest import THROUGH_PGBOUNCER
from tests.support.platform import running_platform


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalPlatform]:
    """Yield one platform for all stories, watched over while they run."""
    async with running_platform(
        log_copy=tmp_path_factory.mktemp("platform-logs"),
        through_pgbouncer=request.config.getoption(THROUGH_PGBOUNCER),
    ) as running:
        yield running
