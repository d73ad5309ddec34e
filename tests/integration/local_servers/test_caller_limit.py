"""Who calls far more often than it may is refused by the edge: no server hears of it."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from cli.edge.caller_limit import CallerLimit
from tests.integration.local_servers.answering_server import AnsweringServer
from tests.integration.local_servers.running_edge import RunningEdge, running_edge
from tests.support.clocks import new_id
from tests.support.refusals import refused
from tests.support.waiting import eventually_true

AT_ONCE = 20
LIMIT = CallerLimit(calls_per_second=1, window_seconds=AT_ONCE)
REASON = "CALL_LIMIT_EXCEEDED"
JOBS = "/api/v1/jobs"
WEB_METHOD = "/campotech.jobs.v1.JobService/ListJobs"
EMPTY_MESSAGE = bytes(5)
REQUEST = jobs_pb2.ListJobsRequest()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEdge]:
    with running_edge(tmp_path_factory.mktemp("envoy"), caller_limit=LIMIT) as running:
        yield running


@pytest.fixture
async def server(edge: RunningEdge, http: httpx.AsyncClient) -> AsyncIterator[AnsweringServer]:
    one, two = AnsweringServer("one"), AnsweringServer("two")
    two.listed = one.listed
    async with AsyncExitStack() as stack:
        for server, port in zip((one, two), edge.server_ports, strict=True):
            await stack.enter_async_context(server.running(port))

        async def are_reached() -> bool:
            answers = [await http.get("/api/health") for _ in range(4)]
            return len({answer.text for answer in answers if answer.is_success}) == 2

        assert await eventually_true(are_reached)
        yield one


def a_caller() -> dict[str, str]:
    return {"authorization": f"Bearer {new_id()}"}


async def spend_all(http: httpx.AsyncClient, caller: dict[str, str]) -> Counter[int]:
    """Call twice as often as the edge lets a caller; count the answers by status."""
    calls = (http.get(JOBS, headers=caller) for _ in range(2 * AT_ONCE))
    return Counter([answer.status_code for answer in await asyncio.gather(*calls)])


async def test_no_server_hears_of_a_call_too_many(
    http: httpx.AsyncClient, server: AnsweringServer
) -> None:
    answers = await spend_all(http, a_caller())

    assert set(answers) == {200, 429}
    # What comes due meanwhile is let through too.
    assert AT_ONCE <= answers[200] < 2 * AT_ONCE
    assert len(server.listed) == answers[200]


@pytest.mark.usefixtures("server")
async def test_json_callers_are_told_as_the_servers_would(http: httpx.AsyncClient) -> None:
    caller = a_caller()
    await spend_all(http, caller)

    answer = await http.get(JOBS, headers=caller)

    assert answer.status_code == 429
    assert "grpc-status-details-bin" not in answer.headers
    body = answer.json()
    info, spanish, retry = body["details"]
    assert (body["code"], info["reason"], info["domain"]) == (8, REASON, "campotech.dev")
    assert spanish["message"] == "Hiciste muchos pedidos seguidos. Esperá unos segundos."
    assert retry == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}


@pytest.mark.usefixtures("server")
async def test_grpc_callers_are_told_when_to_come_again(
    edge: RunningEdge, http: httpx.AsyncClient
) -> None:
    caller = a_caller()
    await spend_all(http, caller)

    async with edge.channel() as channel:
        stub = jobs_pb2_grpc.JobServiceStub(channel)
        metadata = tuple(caller.items())
        refusal = await refused(stub.ListJobs(REQUEST, metadata=metadata))
        await asyncio.sleep(refusal.retry_after_seconds or 0)
        await stub.ListJobs(REQUEST, metadata=metadata)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, REASON)
    assert refusal.message == "Too many calls with this token."
    assert refusal.spanish == "Hiciste muchos pedidos seguidos. Esperá unos segundos."
    assert refusal.retry_after_seconds == 1


@pytest.mark.usefixtures("server")
async def test_grpc_web_callers_are_told_so_too(http: httpx.AsyncClient) -> None:
    caller = a_caller()
    await spend_all(http, caller)

    answer = await http.post(
        WEB_METHOD,
        content=EMPTY_MESSAGE,
        headers={"content-type": "application/grpc-web+proto", **caller},
    )

    assert answer.status_code == 200
    assert answer.headers["grpc-status"] == "8"
    packed = base64.b64decode(answer.headers["grpc-status-details-bin"] + "==")
    retry, info = error_details_pb2.RetryInfo(), error_details_pb2.ErrorInfo()
    first, *_, last = status_pb2.Status.FromString(packed).details
    assert first.Unpack(info)
    assert last.Unpack(retry)
    assert (info.reason, retry.retry_delay.seconds) == (REASON, 1)


@pytest.mark.usefixtures("server")
async def test_one_who_calls_too_often_takes_nothing_from_another(http: httpx.AsyncClient) -> None:
    await spend_all(http, a_caller())

    assert (await http.get(JOBS, headers=a_caller())).status_code == 200


@pytest.mark.usefixtures("server")
async def test_calls_without_a_token_are_left_to_the_servers(http: httpx.AsyncClient) -> None:
    assert await spend_all(http, {}) == {200: 2 * AT_ONCE}
