"""Readers that stall behind the edge: it keeps little for them and goes on serving the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import httpx
import pytest

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.jobs.v1 import job_pb2, jobs_pb2, jobs_pb2_grpc
from tests.integration.local_servers.answering_server import AnsweringServer, Context
from tests.integration.local_servers.running_edge import RunningEdge, running_edge
from tests.support.waiting import eventually_true

READERS = 8
MEBIBYTE = 1024 * 1024
SILENT_SECONDS = 0.5
PATIENCE_SECONDS = 5.0
A_WORD = jobs_pb2.WatchJobsResponse(
    event=job_pb2.JobEvent(job=job_pb2.Job(description="x" * 64_000))
)


@dataclass
class TalkingServer(AnsweringServer):
    """Tells whoever watches a first word and then, once it may, as much as they take."""

    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    last_told_at: float = 0.0

    async def watch_jobs(
        self, _request: jobs_pb2.WatchJobsRequest, _context: Context
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        yield A_WORD
        await self.may_go_on.wait()
        while True:
            yield A_WORD
            self.last_told_at = asyncio.get_running_loop().time()

    async def is_silent(self) -> bool:
        """Tell whether nobody takes any more."""
        return asyncio.get_running_loop().time() - self.last_told_at > SILENT_SECONDS

    async def talk(self) -> None:
        """Return when all have been told what they take."""
        self.last_told_at = asyncio.get_running_loop().time()
        self.may_go_on.set()
        assert await eventually_true(self.is_silent, within_seconds=60)


@dataclass(frozen=True, slots=True)
class Scene:
    """An edge, the one server behind it, and where its readers hang up in the end."""

    edge: RunningEdge
    server: TalkingServer
    exits: AsyncExitStack
    unread: list[AsyncIterator[bytes]] = field(default_factory=list)

    async def stall_over_grpc(self) -> None:
        """Open a stream on a connection of its own, and read no more than its first word."""
        channel = await self.exits.enter_async_context(self.edge.channel())
        stream = jobs_pb2_grpc.JobServiceStub(channel).WatchJobs(jobs_pb2.WatchJobsRequest())
        self.exits.callback(stream.cancel)
        await stream.read()

    async def stall_over_json(self) -> None:
        client = httpx.AsyncClient(base_url=self.edge.envoy.url)
        await self.exits.enter_async_context(client)
        stream = client.stream("GET", "/api/v1/jobs:watch")
        answer = await self.exits.enter_async_context(stream)
        pieces = answer.aiter_raw()
        await anext(pieces)
        # Forgotten, it would hang up.
        self.unread.append(pieces)

    async def is_answered(self) -> bool:
        """Call on a new connection; tell whether the answer comes soon."""
        async with self.edge.channel() as channel:
            stub = health_pb2_grpc.HealthServiceStub(channel)
            try:
                await stub.GetSystemHealth(
                    health_pb2.GetSystemHealthRequest(), timeout=PATIENCE_SECONDS
                )
            except grpc.aio.AioRpcError:
                return False
        return True


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[RunningEdge]:
    """Yield an Envoy whose memory nobody has used before."""
    with running_edge(tmp_path) as running:
        yield running


@asynccontextmanager
async def a_scene(edge: RunningEdge) -> AsyncIterator[Scene]:
    server = TalkingServer("talking")
    async with server.running(edge.server_ports[0]), AsyncExitStack() as exits:
        scene = Scene(edge, server, exits)
        assert await eventually_true(scene.is_answered)
        yield scene


@pytest.mark.parametrize("stall", [Scene.stall_over_grpc, Scene.stall_over_json])
async def test_readers_that_stall_cost_the_edge_little(
    edge: RunningEdge, stall: Callable[[Scene], Awaitable[None]]
) -> None:
    async with a_scene(edge) as scene:
        await asyncio.gather(*(stall(scene) for _ in range(READERS)))
        before = edge.memory()

        await scene.server.talk()
        after = edge.memory()

    assert after - before <= READERS * MEBIBYTE


async def test_readers_that_stall_hold_up_nobody_else(edge: RunningEdge) -> None:
    async with a_scene(edge) as scene:
        await asyncio.gather(*(scene.stall_over_grpc() for _ in range(READERS)))
        await scene.server.talk()

        answered = await asyncio.gather(*(scene.is_answered() for _ in range(READERS)))

    assert all(answered), f"{answered.count(True)} of {READERS} were answered"
