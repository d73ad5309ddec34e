"""The whole platform ends at full load, told to or killed: the next start finishes everything."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_servers.ports import HeldPorts
from cli.settings import LocalSettings
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform_access import PlatformAccess
from tests.support.recovery import comes_back
from tests.support.running_up import START_SECONDS, STOP_SECONDS, RunningUp, start_up
from tests.support.sandbox_control import sandbox_at
from tests.support.servers import temporary_folder

SERVED_AGAIN_SECONDS = 15
# As many as the background workers send at a time.
CUT_OFF_SENDS = 5


@asynccontextmanager
async def a_platform(settings: LocalSettings) -> AsyncIterator[RunningUp]:
    """Yield one that is ready, without holding up those who wait for it."""
    up = start_up(settings)

    async def is_ready() -> bool:
        return up.is_ready()

    try:
        assert await comes_back("platform ready", is_ready, within_seconds=START_SECONDS)
        assert up.process.poll() is None, up.says()
        yield up
    finally:
        if up.process.poll() is None:
            up.process.terminate()
        assert await has_left_nothing(up, settings)


async def has_left_nothing(up: RunningUp, settings: LocalSettings) -> bool:
    """Wait until no process of it is there and nobody listens on its ports."""

    async def has_gone() -> bool:
        return (
            up.process.poll() is not None
            and not any(is_listened_to(port) for _, port in settings.ports())
            and not up.leftovers()
        )

    return await comes_back("nothing left", has_gone, within_seconds=STOP_SECONDS)


def is_listened_to(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("ended_by", "cut_off_sends"), [(signal.SIGTERM, 0), (signal.SIGKILL, CUT_OFF_SENDS)]
)
async def test_a_platform_that_ended_at_full_load_finishes_all_it_accepted(
    ended_by: signal.Signals, cut_off_sends: int, tmp_path: Path
) -> None:
    with HeldPorts() as ports, temporary_folder() as root:
        settings = settings_on_free_ports(ports, root / "state")
        access = PlatformAccess(settings)
        async with sandbox_at(settings.sandbox_url) as sandbox, a_platform(settings) as first:
            # The sandbox forgets messages when it ends: none may be sent before.
            await sandbox.put_fault("whatsapp", "throttled", seconds=2)
            async with background_load(access, tmp_path, businesses=3) as load:
                assert await load.jobs_get_done(2)
                assert await load.is_invoiced()

                first.process.send_signal(ended_by)

                assert await has_left_nothing(first, settings)
                async with a_platform(settings):
                    assert await load.goes_on("served again", within_seconds=SERVED_AGAIN_SECONDS)
                    await load.end()
                    books = Bookkeeping(access, sandbox)
                    assert await books.discrepancies(load, cut_off_sends=cut_off_sends) == []
