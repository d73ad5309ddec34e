"""Valkey loses everything under load: nothing but time is lost."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest

from cli.local_platform.platform import LocalPlatform
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness
from tests.support.recovery import comes_back

SERVED_AGAIN_SECONDS = 10
TOLD_SECONDS = 30
ALERT = "SELECT severity, closed_at IS NULL FROM alerts WHERE key = 'component:cache'"


async def wiped(platform: LocalPlatform) -> None:
    await platform.wipe_valkey()


async def killed(platform: LocalPlatform) -> None:
    """Kill it; the supervisor starts another, which has nothing."""
    process = platform.process("valkey")
    pid = process.pid
    process.kill()
    await process.wait_for_restart(after=pid)


async def are_all_seen(business: PlatformBusiness) -> bool:
    """Open one new screen after the other until one shows every technician at once."""
    wanted = {technician.name for technician in business.technicians}

    async def are_seen() -> bool:
        async with business.office.tracking.watch() as locations:
            await locations.begin()
            return locations.positions.keys() >= wanted

    return await comes_back("positions", are_seen, within_seconds=SERVED_AGAIN_SECONDS)


@pytest.mark.parametrize("lost", [wiped, killed])
async def test_everything_goes_on_and_every_job_is_invoiced_and_told(
    lost: Callable[[LocalPlatform], Awaitable[None]],
    platform: LocalPlatform,
    access: PlatformAccess,
    books: Bookkeeping,
    tmp_path: Path,
) -> None:
    async with background_load(access, tmp_path) as load:
        # So that there are tasks in Valkey, and in the hands of a worker that has not begun them.
        platform.process("worker-batch").suspend()
        assert await load.jobs_get_done(3)

        await lost(platform)
        platform.process("worker-batch").resume()

        assert await load.goes_on("served again", within_seconds=SERVED_AGAIN_SECONDS)
        assert all([await are_all_seen(busy.business) for busy in load.businesses])
        await load.end()
        assert await books.discrepancies(load) == []


async def alert_is(access: PlatformAccess, *, is_open: bool) -> bool:
    async def is_so() -> bool:
        async with await psycopg.AsyncConnection.connect(access.superuser_url) as connection:
            row = await (await connection.execute(ALERT)).fetchone()
        return row == ("warning", is_open)

    return await comes_back("alert", is_so, within_seconds=TOLD_SECONDS)


async def test_operators_are_told_while_it_is_away_and_the_alert_ends_with_it(
    platform: LocalPlatform, access: PlatformAccess
) -> None:
    await platform.process("valkey").stop()
    is_told = await alert_is(access, is_open=True)

    await platform.process("valkey").start()

    assert is_told
    assert await alert_is(access, is_open=False)
    await platform.wait_until_healthy()
