"""What every test here needs: the platform's sandbox, the books, and a platform that is whole."""

from collections.abc import AsyncIterator

import pytest_asyncio

from cli.local_platform.health import wait_until_healthy
from cli.local_platform.platform import LocalPlatform
from tests.support.bookkeeping import Bookkeeping
from tests.support.sandbox_control import SandboxControl, sandbox_at

HEALTHY_SECONDS = 30.0


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(platform: LocalPlatform) -> AsyncIterator[SandboxControl]:
    """Yield the platform's sandbox without faults, as the next test finds it too."""
    async with sandbox_at(platform.sandbox_url) as control:
        yield control
        await control.clear_faults()
        await wait_until_healthy(platform.edge_url, timeout_seconds=HEALTHY_SECONDS)


@pytest_asyncio.fixture(loop_scope="session")
async def books(platform: LocalPlatform, sandbox: SandboxControl) -> Bookkeeping:
    return Bookkeeping(platform, sandbox)
