"""Calls that take long: the edge waits as long as their callers do."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from tests.integration.local_servers.answering_server import AnsweringServer, Context
from tests.integration.local_servers.running_edge import RunningEdge, running_edge
from tests.support.waiting import eventually_true

WORK_SECONDS = 21
"""Longer than Envoy's own default (15 s), and than the edge waits for the rest of a body (20 s)."""
PATIENCE_SECONDS = 30


class SlowServer(AnsweringServer):
    """Works long at a list."""

    async def list_jobs(
        self, request: jobs_pb2.ListJobsRequest, _context: Context
    ) -> jobs_pb2.ListJobsResponse:
        await asyncio.sleep(WORK_SECONDS)
        return jobs_pb2.ListJobsResponse(next_page_token=request.page_token)


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[RunningEdge]:
    with running_edge(tmp_path) as running:
        yield running


async def asked_over_grpc(edge: RunningEdge) -> str:
    async with edge.channel() as channel:
        stub = jobs_pb2_grpc.JobServiceStub(channel)
        request = jobs_pb2.ListJobsRequest(page_token="grpc")  # noqa: S106  # a page's
        return (await stub.ListJobs(request, timeout=PATIENCE_SECONDS)).next_page_token


async def asked_over_json(edge: RunningEdge, headers: dict[str, str]) -> str:
    async with httpx.AsyncClient(base_url=edge.envoy.url, timeout=PATIENCE_SECONDS) as http:
        answer = await http.get("/api/v1/jobs?pageToken=json", headers=headers)
        return str(answer.json().get("nextPageToken", answer.text))


async def test_a_call_may_take_as_long_as_its_caller_waits(edge: RunningEdge) -> None:
    async def is_reached() -> bool:
        async with edge.channel() as channel:
            stub = health_pb2_grpc.HealthServiceStub(channel)
            try:
                await stub.GetSystemHealth(health_pb2.GetSystemHealthRequest())
            except grpc.aio.AioRpcError:
                return False
        return True

    async with SlowServer("slow").running(edge.server_ports[0]):
        assert await eventually_true(is_reached)

        answers = await asyncio.gather(
            asked_over_grpc(edge),
            asked_over_json(edge, {"grpc-timeout": f"{PATIENCE_SECONDS}S"}),
            asked_over_json(edge, {}),
        )

    assert list(answers) == ["grpc", "json", "json"]
