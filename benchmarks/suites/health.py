"""How fast the server tells how it is, with Postgres running and with Postgres stopped."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import grpc

from benchmarks.figures import Figure, Findings, percentile
from benchmarks.own_api import NO_CALL_LIMITS, OwnApi, own_api
from benchmarks.suite import Suite
from benchmarks.workshop import Workshop
from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.health.v1.system_health_pb2 import HEALTH_STATUS_OFFLINE
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc

CALLS = 1_000
CALLS_PER_SECOND = 50
OTHERS = 20
NOTICED_SECONDS = 15.0
ASK = health_pb2.GetSystemHealthRequest()
SETTINGS = {**NO_CALL_LIMITS, "CAMPOTECH_ADDRESS_CALLS_PER_SECOND": "1000000"}


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    with workshop.database() as database, own_api(workshop, database, settings=SETTINGS) as api:
        async with grpc.aio.insecure_channel(api.address) as channel, _others(api):
            health = health_pb2_grpc.HealthServiceStub(channel)
            running = await _milliseconds(health)
            with workshop.without_postgres():
                await _until_offline(health)
                stopped = await _milliseconds(health)
    return Findings(
        figures=[
            Figure(name="Postgres runs: p50", value=percentile(running, 0.5), unit="ms"),
            Figure(name="Postgres runs: p99", value=percentile(running, 0.99), unit="ms"),
            Figure(name="Postgres is stopped: p50", value=percentile(stopped, 0.5), unit="ms"),
            Figure(
                name="Postgres is stopped: p99",
                value=percentile(stopped, 0.99),
                unit="ms",
                below=20,
            ),
        ]
    )


@asynccontextmanager
async def _others(api: OwnApi) -> AsyncIterator[None]:
    """Let others ask for jobs all the time, and wait for a database that is away."""
    async with grpc.aio.insecure_channel(
        api.address, options=[("grpc.use_local_subchannel_pool", 1)]
    ) as channel:
        jobs = jobs_pb2_grpc.JobServiceStub(channel)
        asking = [asyncio.create_task(_ask_on(jobs, api)) for _ in range(OTHERS)]
        try:
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


async def _ask_on(jobs: jobs_pb2_grpc.JobServiceStub, api: OwnApi) -> None:
    metadata = (("authorization", f"Bearer {api.token(uuid4())}"),)
    while True:
        # As an app that was refused, or whose user reads; people don't do so in step.
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 -- not secret
        with suppress(grpc.aio.AioRpcError):
            await jobs.ListJobs(jobs_pb2.ListJobsRequest(page_size=1), metadata=metadata, timeout=5)


async def _milliseconds(health: health_pb2_grpc.HealthServiceStub) -> list[float]:
    took = []
    began_at = time.perf_counter()
    for number in range(CALLS):
        due_at = began_at + number / CALLS_PER_SECOND
        await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
        asked_at = time.perf_counter()
        await health.GetSystemHealth(ASK)
        took.append((time.perf_counter() - asked_at) * 1000)
    return took


async def _until_offline(health: health_pb2_grpc.HealthServiceStub) -> None:
    async with asyncio.timeout(NOTICED_SECONDS):
        updates = health.WatchSystemHealth(health_pb2.WatchSystemHealthRequest())
        async for update in updates:
            if update.health.status == HEALTH_STATUS_OFFLINE:
                return


SUITE = Suite(
    name="health",
    title="Health while Postgres is stopped",
    method=(
        f"GetSystemHealth of one child of our server, {CALLS:,} times at {CALLS_PER_SECOND} a"
        f" second, while {OTHERS} callers ask for jobs, each half a second to one and a half"
        " after the last answer; then the same with Postgres stopped, where those callers wait for"
        " connections and are refused. Every setting but the limits of callers is at its default."
    ),
    measure=measure,
)
