"""What every story here needs: a platform whose parts can be broken, its sandbox, the books."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from cli.local_platform.health import wait_until_healthy
from cli.local_platform.platform import LocalPlatform
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform import running_platform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.sandbox_control import SandboxControl, sandbox_at
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

HEALTHY_SECONDS = 30.0


@pytest.fixture(scope="package")
def operators() -> Iterator[WebhookReceiver]:
    """Yield those who are told of alerts."""
    with webhook_receiver() as listening:
        yield listening


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def platform(
    tmp_path_factory: pytest.TempPathFactory, operators: WebhookReceiver
) -> AsyncIterator[LocalPlatform]:
    """Yield one platform for these stories, none of which leaves anything broken."""
    async with running_platform(
        environment={"CAMPOTECH_ALERTS_WEBHOOK_URL": operators.url},
        log_copy=tmp_path_factory.mktemp("chaos-logs"),
    ) as running:
        yield running


@pytest.fixture
def access(platform: LocalPlatform) -> PlatformAccess:
    return PlatformAccess(platform.settings)


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(platform: LocalPlatform) -> AsyncIterator[SandboxControl]:
    """Yield the platform's sandbox without faults, as the next story finds it too."""
    async with sandbox_at(platform.sandbox_url) as control:
        yield control
        await control.clear_faults()
        await wait_until_healthy(platform.edge_url, timeout_seconds=HEALTHY_SECONDS)


@pytest_asyncio.fixture(loop_scope="session")
async def business(access: PlatformAccess) -> AsyncIterator[PlatformBusiness]:
    async with businesses_on(access) as founder:
        yield await founder.open_business()


@pytest.fixture
def books(access: PlatformAccess, sandbox: SandboxControl) -> Bookkeeping:
    return Bookkeeping(access, sandbox)
