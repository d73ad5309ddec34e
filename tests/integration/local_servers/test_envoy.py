"""The edge in front of servers of the real contract: JSON, gRPC, gRPC-Web, health, refusals."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import grpc
import httpx
import pytest
from google.rpc import code_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.jobs.v1 import job_pb2, jobs_pb2, jobs_pb2_grpc
from tests.integration.local_servers.answering_server import AnsweringServer
from tests.integration.local_servers.running_edge import WEB_PAGE, RunningEdge, running_edge
from tests.support.waiting import eventually_true

JOB_PATH = "/api/v1/jobs/01890000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEdge]:
    with running_edge(tmp_path_factory.mktemp("envoy")) as running:
        yield running


@pytest.fixture
async def servers(
    edge: RunningEdge, http: httpx.AsyncClient
) -> AsyncIterator[tuple[AnsweringServer, AnsweringServer]]:
    one, two = AnsweringServer("one"), AnsweringServer("two")
    async with AsyncExitStack() as stack:
        for server, port in zip((one, two), edge.server_ports, strict=True):
            await stack.enter_async_context(server.running(port))
        assert await eventually_true(lambda: are_reached(http, {"one", "two"}))
        yield one, two


async def are_reached(http: httpx.AsyncClient, wanted: set[str], *, questions: int = 4) -> bool:
    """Tell whether the edge now sends requests to these servers and to no other.

    It chooses by chance: the fewer questions, the likelier one of two is not asked.
    """
    answers = [await http.get("/api/health") for _ in range(questions)]
    if not all(answer.is_success for answer in answers):
        return False
    return {answer.json()["health"]["version"] for answer in answers} == wanted


def reason(answer: httpx.Response) -> str:
    (detail,) = answer.json()["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert detail["domain"] == "campotech.dev"
    return str(detail["reason"])


def test_envoy_accepts_the_generated_configuration(edge: RunningEdge) -> None:
    edge.envoy.validate()


@pytest.mark.usefixtures("servers")
async def test_requests_reach_every_server_in_turn(http: httpx.AsyncClient) -> None:
    answers = [(await http.get("/api/health")).json()["health"]["version"] for _ in range(6)]

    assert answers.count("one") == answers.count("two") == 3


@pytest.mark.usefixtures("servers")
async def test_json_prints_defaults_and_the_names_of_enums(http: httpx.AsyncClient) -> None:
    health = (await http.get("/api/health")).json()["health"]

    assert health["status"] == "HEALTH_STATUS_HEALTHY"
    assert health["features"] == []


async def test_a_handler_chooses_the_http_status_of_its_normal_body(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    for server in servers:
        server.http_status = "503"

    answer = await http.get("/api/health")

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.json()["health"]["status"] == "HEALTH_STATUS_HEALTHY"
    assert "x-http-status" not in answer.headers


async def test_a_grpc_caller_gets_ok_where_json_gets_another_status(
    edge: RunningEdge, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    for server in servers:
        server.http_status = "503"
    async with edge.channel() as channel:
        stub = health_pb2_grpc.HealthServiceStub(channel)

        call = stub.GetSystemHealth(health_pb2.GetSystemHealthRequest())

        assert (await call).health.version in {"one", "two"}
        assert "x-http-status" not in dict(await call.initial_metadata())


async def test_a_caller_cannot_set_the_status_of_its_own_answer(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    answer = await http.get("/api/health", headers={"x-http-status": "418"})

    assert answer.status_code == httpx.codes.OK
    assert servers[0].asked or servers[1].asked


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize(
    ("name", "value"), [("x!y", "1"), ("x-y", "Ñandú"), ("x-y", "a\tb"), ("x-y-bin", "(none)")]
)
async def test_a_header_that_grpc_cannot_hold_is_dropped(
    http: httpx.AsyncClient, name: str, value: str
) -> None:
    answer = await http.get("/api/health", headers={name.encode(): value.encode()})

    assert answer.status_code == httpx.codes.OK


@pytest.mark.usefixtures("servers")
async def test_an_error_of_a_server_keeps_its_details_in_json(http: httpx.AsyncClient) -> None:
    answer = await http.get(JOB_PATH)

    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.json()["message"] == "There is no such job."
    assert reason(answer) == "JOB_NOT_FOUND"


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "why"),
    [
        ("GET", "/api/v1/nothing", b"", 404, "PATH_NOT_FOUND"),
        ("GET", "/", b"", 404, "PATH_NOT_FOUND"),
        ("GET", "/api/health?colour=red", b"", 400, "MALFORMED_REQUEST"),
        ("POST", "/api/v1/jobs", b'{"description": ', 400, "MALFORMED_REQUEST"),
        ("GET", "/grpc.channelz.v1.Channelz/GetServers", b"", 404, "PATH_NOT_FOUND"),
        ("POST", "/api/v1/jobs", b'{"number": "many"}', 400, "MALFORMED_REQUEST"),
        (
            "POST",
            "/api/v1/jobs",
            b'{"description": "%s"}' % (b"x" * 2**20),
            413,
            "REQUEST_TOO_LARGE",
        ),
    ],
)
async def test_the_edge_refuses_what_is_no_request(
    http: httpx.AsyncClient, method: str, path: str, body: bytes, status: int, why: str
) -> None:
    answer = await http.request(method, path, content=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert reason(answer) == why


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("size", [900 * 1024, 1024 * 1024])
async def test_a_body_of_up_to_a_mebibyte_reaches_a_server(
    http: httpx.AsyncClient, size: int
) -> None:
    around_it = '{"description": ""}'
    description = "x" * (size - len(around_it))

    answer = await http.post(
        "/api/v1/jobs", content=around_it.replace('""', f'"{description}"').encode()
    )

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["job"]["description"] == description


@pytest.mark.usefixtures("servers")
async def test_an_answer_may_be_larger_than_a_request(http: httpx.AsyncClient) -> None:
    description = "<" * 500_000

    answer = await http.post("/api/v1/jobs", json={"description": description})

    assert answer.json()["job"]["description"] == description
    assert len(answer.content) > 1024 * 1024


@pytest.mark.parametrize(("said", "most"), [("55S", 55), ("90000m", 65)])
async def test_a_server_hears_how_long_its_caller_waits(
    http: httpx.AsyncClient,
    servers: tuple[AnsweringServer, AnsweringServer],
    said: str,
    most: float,
) -> None:
    answer = await http.post("/api/v1/jobs", json={}, headers={"grpc-timeout": said})

    (deadline,) = (*servers[0].deadlines, *servers[1].deadlines)
    assert answer.status_code == httpx.codes.OK
    assert deadline is not None
    assert most - 5 < deadline <= most


async def test_a_server_hears_of_no_deadline_where_the_caller_names_none(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    await http.post("/api/v1/jobs", json={})

    assert (*servers[0].deadlines, *servers[1].deadlines) == (None,)


async def test_a_json_caller_is_told_when_its_time_is_over(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    for server in servers:
        server.is_stuck = True

    answer = await http.post("/api/v1/jobs", json={}, headers={"grpc-timeout": "200m"})

    assert answer.status_code == httpx.codes.GATEWAY_TIMEOUT
    assert answer.json()["code"] == code_pb2.DEADLINE_EXCEEDED


async def test_filters_of_a_list_are_its_query(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    times = "since=2025-01-01&until=2025-02-01T12:00:00-03:00"
    states = "states=STATE_PAUSED&states=STATE_PENDING"

    answer = await http.get(f"/api/v1/jobs?{times}&{states}&pageSize=2")

    (request,) = (*servers[0].listed, *servers[1].listed)
    assert answer.status_code == httpx.codes.OK
    assert (request.since, request.until) == ("2025-01-01", "2025-02-01T12:00:00-03:00")
    assert list(request.states) == [job_pb2.Job.STATE_PAUSED, job_pb2.Job.STATE_PENDING]
    assert request.page_size == 2


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("etag=3", []),
        ("etag=3&updateMask=description,scheduledEndTime", ["description", "scheduled_end_time"]),
        ("etag=3&update_mask=price", ["price"]),
    ],
)
async def test_a_patch_is_an_update_of_what_its_body_holds(
    http: httpx.AsyncClient,
    servers: tuple[AnsweringServer, AnsweringServer],
    query: str,
    paths: list[str],
) -> None:
    answer = await http.patch(f"{JOB_PATH}?{query}", json={"description": "Sin agua"})

    (request,) = (*servers[0].updated, *servers[1].updated)
    assert answer.status_code == httpx.codes.OK
    assert f"/api/v1/{request.job.name}" == JOB_PATH
    assert (request.job.description, request.etag) == ("Sin agua", "3")
    assert list(request.update_mask.paths) == paths


async def test_a_patch_may_hold_the_whole_resource_under_the_name_in_its_path(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    parent = "organizations/01890000-0000-7000-8000-000000000009"
    name = parent + JOB_PATH.removeprefix("/api/v1")
    read = {"name": name, "number": "7", "state": "STATE_PENDING", "etag": "3", "notes": []}
    whole = {**read, "description": "Sin agua"}

    answer = await http.patch(f"/api/v1/{name}?etag=3", json=whole)
    contradiction = await http.patch(f"{JOB_PATH}?etag=3", json=whole)

    (request,) = (*servers[0].updated, *servers[1].updated)
    assert answer.status_code == httpx.codes.OK
    assert (request.job.name, request.job.description) == (name, "Sin agua")
    assert contradiction.status_code == httpx.codes.BAD_REQUEST
    assert reason(contradiction) == "MALFORMED_REQUEST"


@pytest.mark.usefixtures("servers")
async def test_a_stream_is_one_json_document_per_line(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/api/v1/jobs:watch") as answer:
        lines = [line async for line in answer.aiter_lines()]

    assert answer.status_code == httpx.codes.OK
    assert len(lines) == 3
    assert all(line.startswith("{") for line in lines)


@pytest.mark.usefixtures("servers")
async def test_reflection_answers_through_the_edge_only_if_a_server_offers_it(
    edge: RunningEdge,
) -> None:
    async with edge.channel() as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )

        with pytest.raises(grpc.aio.AioRpcError, match="Method not found"):
            await call.read()


@pytest.mark.usefixtures("servers")
async def test_grpc_web_is_answered_in_its_own_framing(http: httpx.AsyncClient) -> None:
    message = health_pb2.GetSystemHealthRequest().SerializeToString()
    frame = b"\0" + len(message).to_bytes(4) + message

    answer = await http.post(
        "/campotech.health.v1.HealthService/GetSystemHealth",
        content=frame,
        headers={"content-type": "application/grpc-web+proto", "origin": WEB_PAGE},
    )

    size = int.from_bytes(answer.content[1:5])
    health = health_pb2.GetSystemHealthResponse.FromString(answer.content[5 : 5 + size])
    assert health.health.version in {"one", "two"}
    assert b"grpc-status:0" in answer.content[5 + size :]
    assert answer.headers["access-control-allow-origin"] == WEB_PAGE


@pytest.mark.parametrize(("origin", "allowed"), [(WEB_PAGE, WEB_PAGE), ("http://evil.test", None)])
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/campotech.jobs.v1.JobService/CreateJob"])
async def test_only_known_web_pages_may_call(
    http: httpx.AsyncClient, path: str, origin: str, allowed: str | None
) -> None:
    answer = await http.options(
        path,
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        },
    )

    assert answer.headers.get("access-control-allow-origin") == allowed


@pytest.mark.usefixtures("servers")
async def test_a_request_id_comes_back_and_is_made_where_none_is_sent(
    http: httpx.AsyncClient,
) -> None:
    mine = await http.get("/api/health", headers={"x-request-id": "of-the-caller"})
    made = await http.get("/api/health")

    assert mine.headers["x-request-id"] == "of-the-caller"
    assert made.headers["x-request-id"] != ""


async def test_a_refused_command_is_not_sent_to_another_server(
    edge: RunningEdge, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    for server in servers:
        server.refuse_with = grpc.StatusCode.UNAVAILABLE
    async with edge.channel() as channel:
        stub = jobs_pb2_grpc.JobServiceStub(channel)

        with pytest.raises(grpc.aio.AioRpcError, match="refused by the test"):
            await stub.CreateJob(jobs_pb2.CreateJobRequest(job=job_pb2.Job()))

    assert [*servers[0].asked, *servers[1].asked].count("CreateJob") == 1


async def test_many_refusals_do_not_take_a_server_out(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    for server in servers:
        server.refuse_with = grpc.StatusCode.UNAVAILABLE

    answers = [await http.post("/api/v1/jobs", json={}) for _ in range(20)]

    assert {answer.json()["message"] for answer in answers} == {"refused by the test"}
    assert await are_reached(http, {"one", "two"}, questions=20)


async def test_a_draining_server_gets_no_more_requests(
    http: httpx.AsyncClient, servers: tuple[AnsweringServer, AnsweringServer]
) -> None:
    await servers[0].say_serving(is_serving=False)

    assert await eventually_true(lambda: are_reached(http, {"two"}), within_seconds=5)


async def test_no_call_fails_while_a_server_stops_and_another_stays(
    edge: RunningEdge, http: httpx.AsyncClient
) -> None:
    staying, leaving = AnsweringServer("staying"), AnsweringServer("leaving")
    async with staying.running(edge.server_ports[0]):
        async with leaving.running(edge.server_ports[1]):
            assert await eventually_true(lambda: are_reached(http, {"staying", "leaving"}))

        answers = await asyncio.gather(*(http.get("/api/health") for _ in range(20)))

        assert {answer.json()["health"]["version"] for answer in answers} == {"staying"}


async def test_json_callers_are_told_when_no_server_is_left(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/health")

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert reason(answer) == "SERVER_UNAVAILABLE"


async def test_grpc_callers_are_told_when_no_server_is_left(edge: RunningEdge) -> None:
    async with edge.channel() as channel:
        stub = health_pb2_grpc.HealthServiceStub(channel)

        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await stub.GetSystemHealth(health_pb2.GetSystemHealthRequest())

    assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE
