"""The running platform is watched over, and its parts can be taken away and given back."""

import httpx
import pytest

from cli.local_platform.platform import LocalPlatform
from tests.support.waiting import eventually_true


async def status_of(platform: LocalPlatform) -> int:
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=10) as client:
        return (await client.get("/api/health")).status_code


@pytest.mark.parametrize("name", ["server", "envoy", "worker-batch", "postgres"])
async def test_what_is_killed_comes_back_and_all_is_well(
    platform: LocalPlatform, name: str
) -> None:
    process = platform.process(name)
    first = process.pid

    process.kill()
    await process.wait_for_restart(after=first)
    await platform.wait_until_healthy()

    assert process.pid != first


async def test_children_of_the_server_do_not_outlive_their_parent(platform: LocalPlatform) -> None:
    server = platform.process("server")
    first, orphans = server.pid, server.children()

    server.kill()
    await server.wait_for_restart(after=first)
    await platform.wait_until_healthy()

    assert len(orphans) == platform.settings.server_processes
    assert not set(orphans) & set(server.children())


async def test_the_platform_says_when_its_database_is_away_and_when_it_is_back(
    platform: LocalPlatform,
) -> None:
    async def is_offline() -> bool:
        return await status_of(platform) == httpx.codes.SERVICE_UNAVAILABLE

    await platform.process("postgres").stop()

    assert await eventually_true(is_offline)

    await platform.process("postgres").start()
    await platform.wait_until_healthy()


async def test_a_wiped_valkey_is_empty(platform: LocalPlatform) -> None:
    with platform.servers.valkey.connect() as client:
        client.set("greeting", "hola")

        await platform.wipe_valkey()

        assert client.get("greeting") is None
