"""Servers and their children are replaced under load, one after another: no caller sees it."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import httpx
import pytest_asyncio

from cli.local_platform.platform import LocalPlatform
from cli.local_servers.ports import LOOPBACK
from domain.commands import Role
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform import running_platform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import businesses_on
from tests.support.recovery import comes_back
from tests.support.sandbox_control import sandbox_at
from tests.support.steady_calls import steady_calls

CHILDREN_REPLACED = 20
SERVERS_REPLACED = 3
# Seven tenths of what `make bench` measured of GetJob on two cores, where it has them to itself.
CALLS_PER_SECOND = 680
# What is asked beside two servers, their restarts and the callers on the same two cores is less.
CALLS_AT_LEAST = 20_000
REPLACED_SECONDS = 60
SERVED_AGAIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Edge:
    """What Envoy knows about the servers behind it."""

    platform: LocalPlatform

    async def uses_everybody(self) -> bool:
        """Wait until it sends calls to all children of all servers."""
        admin = f"http://{LOOPBACK}:{self.platform.settings.edge_admin_port}"
        async with httpx.AsyncClient(base_url=admin) as client:
            knows_all = partial(self._knows_all, client)
            return await comes_back("all in use", knows_all, within_seconds=REPLACED_SECONDS)

    async def _knows_all(self, client: httpx.AsyncClient) -> bool:
        answer = (await client.get("/clusters?format=json")).json()
        (cluster,) = [each for each in answer["cluster_statuses"] if each["name"] == "server"]
        states = [host["health_status"] for host in cluster["host_statuses"]]
        expected = len(self.platform.settings.private_ports())
        # What is wrong with a host stands beside this, and nothing does when all is well.
        return states == [{"eds_health_status": "HEALTHY"}] * expected


@pytest_asyncio.fixture
async def two_servers(tmp_path: Path) -> AsyncIterator[LocalPlatform]:
    async with running_platform(servers=2, log_copy=tmp_path / "logs") as running:
        assert await Edge(running).uses_everybody()
        yield running


async def replace_children(two_servers: LocalPlatform) -> bool:
    """Tell the oldest child of each server to go, and wait until others serve in their place."""
    servers = [two_servers.process(name) for name in two_servers.settings.server_names()]
    before = [server.children() for server in servers]
    for children in before:
        os.kill(children[0], signal.SIGTERM)

    async def are_replaced() -> bool:
        now = [server.children() for server in servers]
        return all(
            old[0] not in new and len(new) == len(old) for old, new in zip(before, now, strict=True)
        )

    replaced = await comes_back("children gone", are_replaced, within_seconds=REPLACED_SECONDS)
    return replaced and await Edge(two_servers).uses_everybody()


async def replace_a_server(two_servers: LocalPlatform, server: str) -> bool:
    """Stop a whole server, start it again and wait until it is in use."""
    await two_servers.process(server).stop()
    await two_servers.process(server).start()
    return await Edge(two_servers).uses_everybody()


async def test_no_call_fails_while_children_and_whole_servers_are_replaced_in_turn(
    two_servers: LocalPlatform, tmp_path: Path
) -> None:
    access = PlatformAccess(two_servers.settings)
    names = two_servers.settings.server_names()
    async with businesses_on(access) as founder:
        business = await founder.open_business()
        job = await business.create_job()
        token = access.token(business.id, Role.DISPATCHER)
        async with (
            background_load(access, tmp_path) as load,
            steady_calls(
                access.edge_address, token=token, job=job, per_second=CALLS_PER_SECOND
            ) as calls,
        ):
            assert await load.jobs_get_done(1)

            for _ in range(0, CHILDREN_REPLACED, len(names)):
                assert await replace_children(two_servers)
            for _, server in zip(range(SERVERS_REPLACED), cycle(names), strict=False):
                assert await replace_a_server(two_servers, server)

            assert await load.goes_on("streams resumed", within_seconds=SERVED_AGAIN_SECONDS)
            await load.end()
            async with sandbox_at(two_servers.sandbox_url) as sandbox:
                assert await Bookkeeping(access, sandbox).discrepancies(load) == []
        stored = {found.name async for found in business.office.jobs.list()}
    assert dict(calls.failures) == {}
    assert calls.answered > CALLS_AT_LEAST
    assert calls.created
    assert stored == {job.name, *calls.created}
