"""Callers who ask at a steady rate and never try again: each failed call is one that a user saw."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import grpc

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from campotech.jobs.v1.job_pb2 import Job
from campotech_client import new_request_id

CHANNELS = 8
# One call in so many makes a job, the others read one.
READS_FOR_EACH_JOB = 25
DEADLINE_SECONDS = 10.0
# A machine that is slower than the rate is asked no more than it can bear: beyond this a child
# whose neighbours are gone would refuse some, as it should.
OPEN_CALLS = 120
WITHOUT_RETRIES = (("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1))

_log = logging.getLogger(__name__)


class SteadyCalls:
    """What was asked so far, and what became of it."""

    def __init__(self, stubs: list[jobs_pb2_grpc.JobServiceStub], token: str, job: Job) -> None:
        self.answered = 0
        self.failures: Counter[str] = Counter()
        self.created: list[str] = []
        self._stubs = stubs
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._job = job
        self._begun = 0
        self._began_at = asyncio.get_running_loop().time()
        self._open: set[asyncio.Task[None]] = set()

    async def keep_calling(self, per_second: float) -> None:
        """Call until cancelled, at a rate that does not wait for answers."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        due = 0
        while True:
            due = round((loop.time() - began_at) * per_second)
            while self._begun < due and len(self._open) < OPEN_CALLS:
                self._begin()
            # What the machine could not do in time is not made up for in a burst.
            began_at += max(0, due - self._begun) / per_second
            await asyncio.sleep(1 / per_second)

    async def finish(self) -> None:
        """Wait for the answers that are still to come."""
        await asyncio.gather(*self._open)
        seconds = asyncio.get_running_loop().time() - self._began_at
        _log.info(
            "%d calls answered in %.0f s, %.0f a second; failed: %s",
            self.answered,
            seconds,
            self.answered / seconds,
            dict(self.failures),
        )

    def _begin(self) -> None:
        stub = self._stubs[self._begun % len(self._stubs)]
        makes_job = self._begun % READS_FOR_EACH_JOB == 0
        self._begun += 1
        task = asyncio.create_task(self._create(stub) if makes_job else self._read(stub))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _read(self, stub: jobs_pb2_grpc.JobServiceStub) -> None:
        request = jobs_pb2.GetJobRequest(name=self._job.name)
        try:
            await stub.GetJob(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as error:
            self._note(error)
        else:
            self.answered += 1

    async def _create(self, stub: jobs_pb2_grpc.JobServiceStub) -> None:
        wanted = Job(
            customer=self._job.customer,
            description=self._job.description,
            service_address=self._job.service_address,
            price=self._job.price,
        )
        request = jobs_pb2.CreateJobRequest(job=wanted, request_id=new_request_id())
        try:
            made = await stub.CreateJob(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)
        except grpc.aio.AioRpcError as error:
            self._note(error)
        else:
            self.answered += 1
            self.created.append(made.job.name)

    def _note(self, error: grpc.aio.AioRpcError) -> None:
        self.failures[f"{error.code().name}: {error.details()}"] += 1


@asynccontextmanager
async def steady_calls(
    address: str, *, token: str, job: Job, per_second: float
) -> AsyncIterator[SteadyCalls]:
    """Yield callers at work on a job of theirs, who wait for their last answers in the end."""
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(
                grpc.aio.insecure_channel(address, options=WITHOUT_RETRIES)
            )
            for _ in range(CHANNELS)
        ]
        calls = SteadyCalls([jobs_pb2_grpc.JobServiceStub(each) for each in channels], token, job)
        calling = asyncio.create_task(calls.keep_calling(per_second))
        try:
            yield calls
        finally:
            calling.cancel()
            await calls.finish()
