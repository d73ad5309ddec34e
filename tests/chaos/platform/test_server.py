"""Children of the server are killed under load: everybody comes back, nothing acked is lost."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.local_platform.platform import LocalPlatform
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform_access import PlatformAccess
from tests.support.recovery import comes_back

SERVED_AGAIN_SECONDS = 10
# With nobody left, clients wait until another child has started.
STARTED_AGAIN_SECONDS = 30


async def is_serving(port: int) -> bool:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=1
            )
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def are_replaced(platform: LocalPlatform, before: list[int], killed: list[int]) -> bool:
    """Wait until the parent has as many children as before, other ones, and all of them serve."""

    async def are_there() -> bool:
        now = platform.process("server").children()
        return (
            len(now) == len(before)
            and not set(killed) & set(now)
            and all([await is_serving(port) for port in platform.settings.private_ports()])
        )

    return await comes_back("children replaced", are_there, within_seconds=STARTED_AGAIN_SECONDS)


def one(children: list[int]) -> list[int]:
    return children[:1]


def all_of_them(children: list[int]) -> list[int]:
    return children


@pytest.mark.parametrize(
    ("victims", "served_again_seconds"),
    [(one, SERVED_AGAIN_SECONDS), (all_of_them, STARTED_AGAIN_SECONDS)],
)
async def test_clients_of_killed_children_come_back_and_miss_nothing(
    victims: Callable[[list[int]], list[int]],
    served_again_seconds: float,
    platform: LocalPlatform,
    access: PlatformAccess,
    books: Bookkeeping,
    tmp_path: Path,
) -> None:
    parent = platform.process("server").pid
    children = platform.process("server").children()
    killed = victims(children)
    async with background_load(access, tmp_path, businesses=3) as load:
        assert await load.jobs_get_done(3)

        for pid in killed:
            os.kill(pid, signal.SIGKILL)

        assert await load.goes_on("served again", within_seconds=served_again_seconds)
        assert await are_replaced(platform, children, killed)
        assert platform.process("server").pid == parent
        assert await load.goes_on("served by all", within_seconds=SERVED_AGAIN_SECONDS)
        await load.end()
        assert await books.discrepancies(load) == []
