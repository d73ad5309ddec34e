import asyncio
from collections.abc import AsyncIterator

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from domain.identifiers import OrganizationId
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_counts import InMemoryCounts
from tests.support.loopback import Loopback, job_service, loopback
from tests.support.refusals import refused
from tests.support.token_issuer import TokenIssuer
from tests.support.waiting import eventually_true

REQUEST = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")
WATCH = jobs_pb2.WatchJobsRequest()
LONG = 80_000
LONG_WINDOW = {
    "limit_window_seconds": LONG,
    "limit_burst_seconds": LONG,
    "limit_hold_seconds": 0.0,
}
"""A window that does not end while a test runs, and all of which may be spent at once."""
Headers = tuple[tuple[str, str], ...]


async def get(
    _request: jobs_pb2.GetJobRequest, _context: ServicerContext
) -> jobs_pb2.GetJobResponse:
    return jobs_pb2.GetJobResponse()


async def watch(
    _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
    yield jobs_pb2.WatchJobsResponse()
    await asyncio.Event().wait()


SERVICE = job_service({"GetJob": get, "WatchJobs": watch})


def somebody(issuer: TokenIssuer, organization_id: OrganizationId | None = None) -> Headers:
    token = issuer.token(
        Role.OWNER, organization_id=organization_id or an_organization_id(), subject=str(new_id())
    )
    return (("authorization", f"Bearer {token}"),)


async def is_answered(running: Loopback, headers: Headers) -> bool:
    stub = jobs_pb2_grpc.JobServiceStub(running.channel)
    try:
        await stub.GetJob(REQUEST, metadata=headers)
    except grpc.aio.AioRpcError as error:
        return not is_exhausted(error)
    return True


def is_exhausted(error: grpc.aio.AioRpcError) -> bool:
    return error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def answered(running: Loopback, headers: Headers, calls: int) -> int:
    answers = await asyncio.gather(*(is_answered(running, headers) for _ in range(calls)))
    return sum(answers)


async def test_who_calls_too_often_is_told_when_to_call_again(issuer: TokenIssuer) -> None:
    settings = {"caller_calls_per_second": 0.001, **LONG_WINDOW}
    async with loopback([SERVICE], issuer, **settings) as running:
        headers = somebody(issuer)
        made = await answered(running, headers, 100)

        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        refusal = await refused(stub.GetJob(REQUEST, metadata=headers))

    (quota,) = refusal.all_of(error_details_pb2.QuotaFailure)
    assert made == 80
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "CALL_LIMIT_EXCEEDED",
    )
    assert refusal.retry_after_seconds
    assert refusal.retry_after_seconds <= LONG
    assert (quota.violations[0].subject, quota.violations[0].description) == (
        "caller",
        "80 calls in 80000 seconds",
    )
    assert refusal.spanish == "Hiciste muchos pedidos seguidos. Esperá unos segundos."


async def test_a_caller_at_its_limit_takes_nothing_from_another_of_the_organisation(
    issuer: TokenIssuer,
) -> None:
    settings = {"caller_calls_per_second": 0.001, **LONG_WINDOW}
    async with loopback([SERVICE], issuer, **settings) as running:
        organization_id = an_organization_id()
        greedy, modest = somebody(issuer, organization_id), somebody(issuer, organization_id)

        greedy_calls, modest_calls = await asyncio.gather(
            answered(running, greedy, 500), answered(running, modest, 20)
        )

    assert greedy_calls == 80
    assert modest_calls == 20


async def test_an_organisation_has_a_limit_however_many_call_for_it(issuer: TokenIssuer) -> None:
    settings = {"organization_calls_per_second": 0.001, **LONG_WINDOW}
    async with loopback([SERVICE], issuer, **settings) as running:
        organization_id = an_organization_id()
        callers = [somebody(issuer, organization_id) for _ in range(10)]
        made = [await answered(running, headers, 15) for headers in callers]

        others_calls = await answered(running, somebody(issuer), 15)

    assert sum(made) == 80
    assert others_calls == 15


async def test_without_the_common_count_a_process_answers_its_part_of_the_calls(
    issuer: TokenIssuer,
) -> None:
    counts = InMemoryCounts()
    counts.is_down = True
    settings = {
        "caller_calls_per_second": 0.01,
        **LONG_WINDOW,
        "server_processes": 2,
        "shared_counts": counts,
    }
    async with loopback([SERVICE], issuer, **settings) as running:
        made = await answered(running, somebody(issuer), 1000)

    assert made == 400


async def test_while_a_refusal_is_held_the_others_are_answered(issuer: TokenIssuer) -> None:
    settings = {"caller_calls_per_second": 0.001, **LONG_WINDOW, "limit_hold_seconds": 5.0}
    async with loopback([SERVICE], issuer, **settings) as running:
        greedy = somebody(issuer)
        made = await answered(running, greedy, 80)
        held = asyncio.create_task(is_answered(running, greedy))

        others_calls = await answered(running, somebody(issuer), 20)
        is_held = not held.done()
        held.cancel()

    assert (made, others_calls) == (80, 20)
    assert is_held


async def test_a_caller_may_have_so_many_streams_and_no_more(issuer: TokenIssuer) -> None:
    async with loopback([SERVICE], issuer, max_streams_per_caller=3) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        headers = somebody(issuer)
        streams = [stub.WatchJobs(WATCH, metadata=headers) for _ in range(3)]
        for stream in streams:
            await stream.read()

        refusal = await refused(stub.WatchJobs(WATCH, metadata=headers).read())
        another = await stub.WatchJobs(WATCH, metadata=somebody(issuer)).read()

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "STREAM_LIMIT_EXCEEDED",
    )
    assert refusal.retry_after_seconds
    assert another == jobs_pb2.WatchJobsResponse()


async def test_a_stream_that_ended_makes_room_for_another(issuer: TokenIssuer) -> None:
    async with loopback([SERVICE], issuer, max_streams_per_caller=1) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        headers = somebody(issuer)

        async def is_let_in() -> bool:
            stream = stub.WatchJobs(WATCH, metadata=headers)
            try:
                await stream.read()
            except grpc.aio.AioRpcError:
                return False
            stream.cancel()
            return True

        entered = [await eventually_true(is_let_in) for _ in range(5)]

    assert all(entered)


async def test_a_full_process_says_when_to_come_back_and_that_it_lives(
    issuer: TokenIssuer,
) -> None:
    async with loopback([SERVICE], issuer, max_concurrent_calls=2) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        streams = [stub.WatchJobs(WATCH, metadata=somebody(issuer)) for _ in range(2)]
        for stream in streams:
            await stream.read()

        refusal = await refused(stub.GetJob(REQUEST, metadata=somebody(issuer)))
        health = await health_pb2_grpc.HealthStub(running.channel).Check(
            health_pb2.HealthCheckRequest()
        )

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "SERVER_FULL")
    assert refusal.retry_after_seconds
    assert refusal.info.metadata["max_calls"] == "2"
    assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_call_that_ended_makes_room_for_another(issuer: TokenIssuer) -> None:
    async with loopback([SERVICE], issuer, max_concurrent_calls=1) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        headers = somebody(issuer)
        stream = stub.WatchJobs(WATCH, metadata=headers)
        await stream.read()

        before = await is_answered(running, headers)
        stream.cancel()

        assert not before
        assert await eventually_true(lambda: is_answered(running, headers))


async def test_calls_that_never_had_a_place_leave_none_behind(issuer: TokenIssuer) -> None:
    async with loopback([SERVICE], issuer, max_concurrent_calls=1) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        strangers = [await refused(stub.GetJob(REQUEST)) for _ in range(5)]
        await stub.WatchJobs(WATCH, metadata=somebody(issuer)).read()

        refusal = await refused(stub.GetJob(REQUEST, metadata=somebody(issuer)))

    assert {stranger.reason for stranger in strangers} == {"TOKEN_MISSING"}
    assert refusal.reason == "SERVER_FULL"


async def test_callers_without_a_token_are_told_apart_by_address(issuer: TokenIssuer) -> None:
    settings = {"address_calls_per_second": 0.0001, **LONG_WINDOW}
    async with loopback([], issuer, reflection=True, **settings) as running:
        one = [await _reflected(running, "198.51.100.1") for _ in range(20)]
        other = await _reflected(running, "198.51.100.2")

    assert one == [True] * 8 + [False] * 12
    assert other


async def test_whoever_asks_whether_the_process_lives_is_always_answered(
    issuer: TokenIssuer,
) -> None:
    settings = {"address_calls_per_second": 0.0001, **LONG_WINDOW}
    async with loopback([], issuer, **settings) as running:
        stub = health_pb2_grpc.HealthStub(running.channel)

        answers = [await stub.Check(health_pb2.HealthCheckRequest()) for _ in range(50)]

    assert {answer.status for answer in answers} == {health_pb2.HealthCheckResponse.SERVING}


async def _reflected(running: Loopback, address: str) -> bool:
    """Call what needs no token, from an address behind the proxy; return whether it answered."""
    method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    reflect: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
    reflect = running.channel.stream_stream(method)
    call = reflect(metadata=(("x-forwarded-for", address),))
    await call.done_writing()
    try:
        await call.read()
    except grpc.aio.AioRpcError as error:
        return not is_exhausted(error)
    return True


def refusals(running: Loopback) -> dict[str, float]:
    """Return how many calls each limit refused, as operators see it."""
    return {
        sample.labels["limit"]: sample.value
        for family in running.registry.collect()
        for sample in family.samples
        if sample.name == "campotech_limit_refusals_total"
    }


async def test_operators_see_which_limit_refused_how_many_calls(issuer: TokenIssuer) -> None:
    organization_id = an_organization_id()
    settings = {
        "caller_calls_per_second": 0.001,
        "organization_calls_per_second": 0.0015,
        "address_calls_per_second": 0.0001,
        "max_streams_per_caller": 1,
        **LONG_WINDOW,
    }
    async with loopback([SERVICE], issuer, reflection=True, **settings) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        headers = somebody(issuer)
        await stub.WatchJobs(WATCH, metadata=headers).read()
        await refused(stub.WatchJobs(WATCH, metadata=headers).read())
        await answered(running, somebody(issuer, organization_id), 90)
        await answered(running, somebody(issuer, organization_id), 50)
        for _ in range(11):
            await _reflected(running, "198.51.100.1")

        seen = refusals(running)

    assert seen == {"caller": 10, "organization": 10, "address": 3, "open_streams": 1}
