import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import psycopg
import pytest

from campotech.health.v1 import health_pb2 as system_health_pb2
from campotech.health.v1 import health_pb2_grpc as system_health_pb2_grpc
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from tests.support.builders import an_organization_id
from tests.support.refusals import refusal_in
from tests.support.server_processes import (
    ServerProcesses,
    is_alive,
    is_serving,
    outside,
    run_server,
    server_processes,
)
from tests.support.servers import Database
from tests.support.waiting import eventually, eventually_true

APP_CONNECTIONS = 20
"""Of all children together, however many."""
ASK = system_health_pb2.GetSystemHealthRequest()


@pytest.fixture
def server(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[ServerProcesses]:
    with server_processes(database, valkey_url, tmp_path) as running:
        yield running


async def until_serving(server: ServerProcesses) -> None:
    for address in (server.private_address(0), server.private_address(1), server.address):
        ready = await eventually_true(partial(is_serving, address), within_seconds=30)
        assert ready, server.log()


async def ask_for_health(address: str, times: int = 1) -> None:
    for _ in range(times):
        async with grpc.aio.insecure_channel(address) as channel:
            await system_health_pb2_grpc.HealthServiceStub(channel).GetSystemHealth(ASK)


async def test_each_child_serves_its_own_port_and_the_shared_one(server: ServerProcesses) -> None:
    await until_serving(server)

    await ask_for_health(server.private_address(0))
    await ask_for_health(server.private_address(1))
    await ask_for_health(server.address)

    assert sorted(server.children()) == [0, 1]


async def test_a_killed_child_is_replaced_and_its_ports_are_served_again(
    server: ServerProcesses,
) -> None:
    await until_serving(server)
    killed = server.children()[1]

    os.kill(killed, signal.SIGKILL)

    assert eventually(lambda: server.children().get(1, killed) != killed)
    await until_serving(server)


async def test_metrics_are_added_up_over_children_also_over_those_that_died(
    server: ServerProcesses,
) -> None:
    await until_serving(server)
    labels = {"method": "GetSystemHealth", "code": "OK"}
    await ask_for_health(server.private_address(0), times=2)
    await ask_for_health(server.private_address(1), times=3)
    killed = server.children()[1]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: server.children().get(1, killed) != killed)
    await until_serving(server)

    await ask_for_health(server.private_address(1), times=4)

    assert server.metric("campotech_rpc_calls_total", **labels) == 9
    assert server.metric("campotech_pool_connections", pool="app") == APP_CONNECTIONS


async def test_a_call_under_way_is_finished_before_the_server_stops(
    server: ServerProcesses, database: Database
) -> None:
    await until_serving(server)
    organization_id = an_organization_id()
    token = server.issuer.token(Role.OWNER, organization_id=organization_id)
    with psycopg.connect(database.owner_url) as blocker:
        blocker.execute("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        async with grpc.aio.insecure_channel(server.address) as channel:
            call = jobs_pb2_grpc.JobServiceStub(channel).ListJobs(
                jobs_pb2.ListJobsRequest(), metadata=(("authorization", f"Bearer {token}"),)
            )
            assert await asyncio.to_thread(eventually, lambda: is_waiting_for_jobs(database))
            server.parent.send_signal(signal.SIGTERM)
            gone = [await_draining(server, index) for index in range(2)]
            assert all(await asyncio.gather(*gone))

            blocker.rollback()

            answer = await call
    assert list(answer.jobs) == []
    assert server.parent.wait(20) == 0


def is_waiting_for_jobs(database: Database) -> bool:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return row is not None and row[0] == 1


async def await_draining(server: ServerProcesses, index: int) -> bool:
    async def is_gone() -> bool:
        return not await is_serving(server.private_address(index))

    return await eventually_true(is_gone)


async def test_streams_are_sent_elsewhere_when_the_server_stops(server: ServerProcesses) -> None:
    await until_serving(server)
    token = server.issuer.token(Role.OWNER, organization_id=an_organization_id())
    async with grpc.aio.insecure_channel(server.address) as channel:
        stream = jobs_pb2_grpc.JobServiceStub(channel).WatchJobs(
            jobs_pb2.WatchJobsRequest(), metadata=(("authorization", f"Bearer {token}"),)
        )
        words = aiter(stream)
        await anext(words)

        server.parent.send_signal(signal.SIGTERM)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            while True:
                await anext(words)
    refusal = refusal_in(caught.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING")
    assert server.parent.wait(20) == 0


async def test_a_killed_parent_leaves_no_child_behind(server: ServerProcesses) -> None:
    await until_serving(server)
    children = list(server.children().values())

    server.parent.kill()
    server.parent.wait()

    assert eventually(lambda: not any(map(is_alive, children)))


@pytest.mark.parametrize(
    ("setting", "offset"), [("GRPC_PORT", 0), ("PRIVATE_PORT_BASE", 1), ("METRICS_PORT", 0)]
)
def test_a_busy_port_is_named_with_the_setting_that_moves_it(
    setting: str, offset: int, database: Database, valkey_url: str, tmp_path: Path
) -> None:
    with socket.socket() as occupant:
        # As a server would that shares its port with whoever else does.
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]

        with server_processes(
            database, valkey_url, tmp_path, count=2, **{setting.lower(): port - offset}
        ) as server:
            code = server.parent.wait(20)

    assert code == 2
    assert f"Port {port} " in server.log()
    assert f"CAMPOTECH_{setting} " in server.log()


def test_a_setting_that_is_missing_is_named(database: Database, valkey_url: str) -> None:
    process = run_server(outside(database, valkey_url))

    _, said = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "CAMPOTECH_JWKS_URL" in said.decode()
