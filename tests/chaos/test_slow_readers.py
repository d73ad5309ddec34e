"""Readers that stall on a stream: however much there is to tell them, the server keeps little."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from adapters.clock import SystemClock, Uuid7Source
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from adapters.redis.live_positions import RedisLivePositions
from campotech.health.v1 import health_pb2, system_health_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.tracking.v1 import locations_pb2
from domain.health.status import Status
from domain.identifiers import MemberId
from tests.support.businesses import Business, a_business
from tests.support.clocks import new_id
from tests.support.requests import creating_job
from tests.support.rpc import Api, Caller
from tests.support.server_processes import ServerProcesses, is_serving, server_processes
from tests.support.servers import Database
from tests.support.tracking_builders import a_position
from tests.support.waiting import eventually_true

Stream: TypeAlias = Any  # gRPC's calls are bound to a pair of messages; this serves three

READERS = 10
MEBIBYTE = 1024 * 1024
PATIENCE_SECONDS = 60.0
UNLIMITED = {"caller_calls_per_second": 100_000, "organization_calls_per_second": 100_000}


class SlowReaders:
    """Streams that read their first word and then nothing, and one that reads everything."""

    def __init__(self, server: ServerProcesses, open_stream: Callable[[], Stream]) -> None:
        (self._pid,) = server.children().values()
        self._open_stream = open_stream
        self._reader = open_stream()
        self._stalled: list[Stream] = []

    async def stall(self) -> None:
        self._stalled = [self._open_stream() for _ in range(READERS)]
        for stream in self._stalled:
            await stream.read()

    async def is_told(self, condition: Callable[[Any], bool]) -> None:
        """Read on where everything is read, until it tells what it should."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(await self._reader.read()):
                pass

    def server_memory(self) -> int:
        """Return the bytes that the server holds in memory of its own."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("RssAnon:")]
        return int(line.split()[1]) * 1024


@pytest.fixture
async def server(
    database: Database, valkey_url: str, tmp_path: Path
) -> AsyncIterator[ServerProcesses]:
    with server_processes(database, valkey_url, tmp_path, count=1, **UNLIMITED) as running:
        serving = partial(is_serving, running.address)
        assert await eventually_true(serving, within_seconds=30), running.log()
        yield running


@pytest.fixture
async def business(server: ServerProcesses, database: Database) -> AsyncIterator[Business]:
    async with AsyncExitStack() as channels:
        yield await a_business(Api(server.address, server.issuer, database, channels))


async def create_jobs(business: Business, count: int) -> str:
    """Create jobs with as much text as they may have; return the last one's name."""
    name = ""
    for _ in range(count):
        request = creating_job(business.customer, description="x" * 2_000)
        name = (await business.office.jobs.CreateJob(request)).job.name
    return name


async def test_readers_that_stall_on_jobs_cost_little(
    server: ServerProcesses, business: Business
) -> None:
    watcher: Caller = business.owner.app
    readers = SlowReaders(server, lambda: watcher.jobs.WatchJobs(jobs_pb2.WatchJobsRequest()))
    await readers.stall()

    async def tell(count: int) -> None:
        last = await create_jobs(business, count)
        await readers.is_told(lambda response: response.event.job.name == last)

    await tell(150)
    before = readers.server_memory()
    await tell(1_000)

    assert readers.server_memory() - before <= READERS * MEBIBYTE


@asynccontextmanager
async def live_positions(valkey_url: str) -> AsyncIterator[RedisLivePositions]:
    async with AsyncExitStack() as stack:
        redis = create_redis(valkey_url)
        stack.push_async_callback(redis.aclose)
        listener = await stack.enter_async_context(ChannelListener(redis))
        yield await stack.enter_async_context(RedisLivePositions(redis, listener))


async def test_readers_that_stall_on_positions_cost_little(
    server: ServerProcesses, business: Business, valkey_url: str
) -> None:
    watcher = business.owner.app
    request = locations_pb2.WatchLocationsRequest()
    readers = SlowReaders(server, lambda: watcher.tracking.WatchLocations(request))
    technicians = [MemberId(new_id()) for _ in range(250)]

    async with live_positions(valkey_url) as live:

        async def tell(rounds: range) -> None:
            for seq in rounds:
                for technician in technicians:
                    live.offer(a_position(business.id, technician, seq=seq))
                await readers.is_told(
                    lambda response: response.location.technician.endswith(str(technicians[-1]))
                )

        await readers.stall()
        await tell(range(1, 11))
        before = readers.server_memory()
        await tell(range(11, 71))

    assert readers.server_memory() - before <= READERS * MEBIBYTE


async def test_readers_that_stall_on_health_cost_little(
    server: ServerProcesses, business: Business, valkey_url: str
) -> None:
    watcher = business.owner.app
    request = health_pb2.WatchSystemHealthRequest()
    readers = SlowReaders(server, lambda: watcher.health.WatchSystemHealth(request))
    redis = create_redis(valkey_url)

    async with (
        ChannelListener(redis) as listener,
        RedisFeatureReports(redis, listener, SystemClock(), Uuid7Source()) as features,
    ):

        async def tell(times: int) -> None:
            for number in range(times):
                status = Status.DEGRADED if number % 2 else Status.HEALTHY
                features.report("invoicing.afip", status)
                await readers.is_told(partial(_tells, status))

        await readers.stall()
        await tell(200)
        before = readers.server_memory()
        await tell(3_000)
    await redis.aclose()

    assert readers.server_memory() - before <= READERS * MEBIBYTE


def _tells(status: Status, response: health_pb2.WatchSystemHealthResponse) -> bool:
    name = f"FEATURE_STATUS_{status}"
    wanted = system_health_pb2.FeatureStatus.Value(name)
    return any(
        feature.id == "invoicing.afip" and feature.status == wanted
        for feature in response.health.features
    )
