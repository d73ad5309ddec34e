"""Thousands of streams at once: of one caller they stop at the cap, of many all are let in."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TypeAlias

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.refusals import Refused, refusal_in
from tests.support.server_processes import ServerProcesses, is_serving, server_processes
from tests.support.servers import Database
from tests.support.waiting import eventually_true

CAP = 100
WATCH = jobs_pb2.WatchJobsRequest()
JobStreams = jobs_pb2_grpc.JobServiceStub
Stream: TypeAlias = (
    "grpc.aio.UnaryStreamCall[jobs_pb2.WatchJobsRequest, jobs_pb2.WatchJobsResponse]"
)
Headers: TypeAlias = tuple[tuple[str, str], ...]


@pytest.fixture
def calls_per_second() -> float:
    """How many calls a caller may make, and as many in a moment."""
    return 50.0


@pytest.fixture
async def server(
    database: Database, valkey_url: str, tmp_path: Path, calls_per_second: float
) -> AsyncIterator[ServerProcesses]:
    settings = {
        "max_streams_per_caller": CAP,
        # One connection may bring them all: what a caller may have is another question.
        "max_concurrent_streams": 20_000,
        "caller_calls_per_second": calls_per_second,
    }
    with server_processes(database, valkey_url, tmp_path, count=1, **settings) as running:
        serving = partial(is_serving, running.address)
        assert await eventually_true(serving, within_seconds=30), running.log()
        yield running


def headers_of_somebody(server: ServerProcesses) -> Headers:
    token = server.issuer.token(
        Role.OWNER, organization_id=an_organization_id(), subject=str(new_id())
    )
    return (("authorization", f"Bearer {token}"),)


async def refusal_of(stream: Stream) -> Refused | None:
    """Return None once the stream has begun, otherwise how it was refused."""
    try:
        await stream.read()
    except grpc.aio.AioRpcError as error:
        return refusal_in(error)
    return None


# As many as the cap lets in may come at once: how fast a caller may is another question too.
@pytest.mark.parametrize("calls_per_second", [CAP])
async def test_of_ten_thousand_streams_of_one_caller_as_many_open_as_may(
    server: ServerProcesses,
) -> None:
    async with grpc.aio.insecure_channel(server.address) as channel:
        greedy, modest = headers_of_somebody(server), headers_of_somebody(server)
        jobs = JobStreams(channel)
        streams = [jobs.WatchJobs(WATCH, metadata=greedy) for _ in range(10_000)]

        refusals = await asyncio.gather(*map(refusal_of, streams))
        another = await refusal_of(jobs.WatchJobs(WATCH, metadata=modest))

    reasons = Counter(refusal.reason if refusal else "" for refusal in refusals)
    assert reasons == {"": CAP, "STREAM_LIMIT_EXCEEDED": 10_000 - CAP}
    assert another is None


async def test_three_thousand_streams_that_come_back_at_once_are_let_in_or_told_when_to_come(
    server: ServerProcesses,
) -> None:
    async with AsyncExitStack() as stack:
        callers = []
        for _ in range(3_000 // CAP):
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(
                    server.address, options=[("grpc.use_local_subchannel_pool", 1)]
                )
            )
            callers += [(JobStreams(channel), headers_of_somebody(server))] * CAP
        held: list[Stream] = []

        async def is_let_in(jobs: JobStreams, headers: Headers) -> bool:
            stream = jobs.WatchJobs(WATCH, metadata=headers)
            refusal = await refusal_of(stream)
            if refusal is None:
                held.append(stream)
                return True
            assert refusal.details, f"{refusal.code}: {refusal.message}"
            await asyncio.sleep(refusal.retry_after_seconds or math.inf)
            return False

        async def comes_in(jobs: JobStreams, headers: Headers) -> bool:
            return await eventually_true(lambda: is_let_in(jobs, headers), within_seconds=60)

        entered = await asyncio.gather(*(comes_in(*caller) for caller in callers))

    assert all(entered)
    assert len(held) == 3_000
