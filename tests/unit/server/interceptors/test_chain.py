import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from domain.errors import NotFoundError, OutOfRangeError
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_standings import SUBJECT, a_standing
from tests.support.loopback import Behavior, Loopback, job_service, loopback, raw_method
from tests.support.refusals import refusal_in, refused
from tests.support.token_issuer import TokenIssuer

REQUEST = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")
GET_JOB = "/campotech.jobs.v1.JobService/GetJob"


async def get(
    _request: jobs_pb2.GetJobRequest, _context: ServicerContext
) -> jobs_pb2.GetJobResponse:
    return jobs_pb2.GetJobResponse()


def heartbeat(cursor: int) -> jobs_pb2.WatchJobsResponse:
    return jobs_pb2.WatchJobsResponse(heartbeat=jobs_pb2.WatchJobsResponse.Heartbeat(cursor=cursor))


class EndlessWatch:
    """A stream that says one word and then waits; it notes when it was closed."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def behavior(self) -> Behavior:
        async def watch(
            _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
        ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
            try:
                yield heartbeat(1)
                await asyncio.Event().wait()
            finally:
                self.closed.set()

        return watch


def headers(issuer: TokenIssuer) -> tuple[tuple[str, str], ...]:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    return (("authorization", f"Bearer {token}"),)


def raw_get_job(
    running: Loopback, issuer: TokenIssuer, content: bytes
) -> "grpc.aio.UnaryUnaryCall[bytes, bytes]":
    return raw_method(running, GET_JOB)(content, metadata=headers(issuer))


async def test_bytes_that_are_no_message_are_invalid_input(issuer: TokenIssuer) -> None:
    async with loopback([job_service({"GetJob": get})], issuer) as running:
        refusal = await refused(raw_get_job(running, issuer, b"\xff\xff"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "MESSAGE_MALFORMED",
    )


async def test_a_message_that_is_too_large_is_refused_with_the_limit(issuer: TokenIssuer) -> None:
    request = jobs_pb2.GetJobRequest(name="x" * 1500).SerializeToString()
    async with loopback([job_service({"GetJob": get})], issuer, max_message_bytes=1000) as running:
        refusal = await refused(raw_get_job(running, issuer, request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "MESSAGE_TOO_LARGE",
    )
    assert refusal.info.metadata["max_bytes"] == "1000"


async def test_a_message_far_too_large_is_refused_before_it_is_read(issuer: TokenIssuer) -> None:
    request = jobs_pb2.GetJobRequest(name="x" * 5000).SerializeToString()
    async with loopback([job_service({"GetJob": get})], issuer, max_message_bytes=1000) as running:
        refusal = await refused(raw_get_job(running, issuer, request))

    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_method_that_does_not_exist_is_unimplemented(issuer: TokenIssuer) -> None:
    async with loopback([job_service({"GetJob": get})], issuer) as running:
        call = raw_method(running, "/campotech.jobs.v1.JobService/Nothing")

        refusal = await refused(call(b"", metadata=headers(issuer)))

    assert refusal.code is grpc.StatusCode.UNIMPLEMENTED


async def test_a_stream_may_be_refused_before_its_first_word(issuer: TokenIssuer) -> None:
    async def expired(
        _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        raise OutOfRangeError("Gone.")
        yield

    async with loopback([job_service({"WatchJobs": expired})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await anext(
                aiter(stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer)))
            )

    assert refusal_in(caught.value).code is grpc.StatusCode.OUT_OF_RANGE


async def test_a_stream_may_end_with_an_error_after_some_words(issuer: TokenIssuer) -> None:
    async def breaking(
        _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        yield heartbeat(1)
        raise NotFoundError("job")

    async with loopback([job_service({"WatchJobs": breaking})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = aiter(stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer)))

        first = await anext(stream)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await anext(stream)

    assert first.heartbeat.cursor == 1
    assert refusal_in(caught.value).reason == "JOB_NOT_FOUND"


async def test_a_stream_is_closed_when_its_caller_hangs_up(issuer: TokenIssuer) -> None:
    endless = EndlessWatch()
    async with loopback([job_service({"WatchJobs": endless.behavior()})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer))
        await anext(aiter(stream))

        stream.cancel()

        async with asyncio.timeout(5):
            await endless.closed.wait()


async def test_draining_sends_the_callers_of_streams_to_another_server(
    issuer: TokenIssuer,
) -> None:
    endless = EndlessWatch()
    async with loopback([job_service({"WatchJobs": endless.behavior()})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = aiter(stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer)))
        await anext(stream)

        draining = asyncio.create_task(running.server.drain())

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await anext(stream)
        await draining
    refusal = refusal_in(caught.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING")
    assert refusal.retry_after_seconds
    assert endless.closed.is_set()


@pytest.mark.parametrize(
    ("now", "code", "reason"),
    [
        ({"is_ended": True}, grpc.StatusCode.PERMISSION_DENIED, "MEMBER_ENDED"),
        ({}, grpc.StatusCode.UNAVAILABLE, "MEMBERSHIP_CHANGED"),
    ],
)
async def test_the_stream_of_a_member_who_lost_something_ends_and_others_do_not(
    issuer: TokenIssuer, now: dict[str, bool], code: grpc.StatusCode, reason: str
) -> None:
    endless, organization_id = EndlessWatch(), an_organization_id()
    async with loopback([job_service({"WatchJobs": endless.behavior()})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        streams = []
        for subject in (SUBJECT, "another"):
            token = issuer.token(Role.OWNER, organization_id=organization_id, subject=subject)
            metadata = (("authorization", f"Bearer {token}"),)
            streams.append(stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=metadata))
            await streams[-1].read()

        running.server.streams.end_of([a_standing(organization_id, **now)])

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await streams[0].read()
        await endless.closed.wait()
        assert not streams[1].done()
    refusal = refusal_in(caught.value)
    assert (refusal.code, refusal.reason) == (code, reason)


async def test_draining_lets_a_call_that_is_under_way_finish(issuer: TokenIssuer) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(
        _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        begun.set()
        await may_end.wait()
        return jobs_pb2.GetJobResponse()

    async with loopback([job_service({"GetJob": slow})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        call = stub.GetJob(REQUEST, metadata=headers(issuer))
        await begun.wait()
        draining = asyncio.create_task(running.server.drain())
        await asyncio.sleep(0)

        may_end.set()

        assert await call == jobs_pb2.GetJobResponse()
        await draining
