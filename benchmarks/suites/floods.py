"""What callers within their limits notice of one who asks for ten times as much as it may."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import grpc

from benchmarks.bare_server import bare_server
from benchmarks.figures import Figure, Findings, percentile
from benchmarks.ghz import Load, LoadReport, run_load
from benchmarks.million_jobs import job_names, million_jobs, organizations
from benchmarks.own_api import DEFAULT_LIMITS, own_api
from benchmarks.suite import Suite
from benchmarks.workshop import Workshop
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from server.settings import ServerSettings

METHOD = "campotech.jobs.v1.JobService/GetJob"
OTHERS = 20
CALLS_PER_SECOND_EACH = 5
TIMES_THE_LIMIT = 10
CALLS_AT_A_TIME = 100
# In turn, so that what else the machine does meets all alike.
ROUNDS = 4
# More than a window of the limit, which begins with calls that are let through.
SECONDS = 12.0
# ghz reads the contract and connects, and what a caller may call at once is let through.
FLOOD_BEGINS_BEFORE_SECONDS = 4.0
WARM_UP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Caller:
    """Somebody of a business of their own, who reads one job again and again."""

    stub: jobs_pb2_grpc.JobServiceStub
    request: jobs_pb2.GetJobRequest
    token: str

    async def ask(self, seconds: float, *, after: float) -> list[float]:
        """Return how many milliseconds each call took, from the moment it was due.

        The first is due `after` seconds from now.
        """
        took = []
        metadata = (("authorization", f"Bearer {self.token}"),)
        began_at = time.perf_counter() + after
        for number in range(round(seconds * CALLS_PER_SECOND_EACH)):
            due_at = began_at + number / CALLS_PER_SECOND_EACH
            await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
            await self.stub.GetJob(self.request, metadata=metadata)
            took.append((time.perf_counter() - due_at) * 1000)
        return took


@dataclass(frozen=True, slots=True)
class _Beside:
    """How many milliseconds each call took that was made beside a flood."""

    at_first: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)

    async def of(self, flood: Load, callers: Sequence[_Caller]) -> LoadReport:
        """Let the callers call beside one; return what became of the flood's calls."""
        flooding = asyncio.create_task(run_load(flood))
        self.at_first.extend(await _milliseconds(callers, FLOOD_BEGINS_BEFORE_SECONDS))
        self.after.extend(await _milliseconds(callers, SECONDS))
        return await flooding


async def measure(workshop: Workshop) -> Findings:
    database = million_jobs(workshop)
    greedy, *modest = organizations(database, 1 + OTHERS)
    requests = [{"name": name} for name in job_names(database, greedy, OTHERS)]
    async with AsyncExitStack() as stack:
        api = stack.enter_context(own_api(workshop, database, settings=DEFAULT_LIMITS))
        edge = stack.enter_context(workshop.edge(api.private_port))
        callers = []
        for business in modest:
            # Connections of their own, as people's phones have.
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(edge, options=[("grpc.use_local_subchannel_pool", 1)])
            )
            (name,) = job_names(database, business, 1)
            stub = jobs_pb2_grpc.JobServiceStub(channel)
            request = jobs_pb2.GetJobRequest(name=name)
            callers.append(_Caller(stub, request, api.token(business)))
        await _milliseconds(callers, WARM_UP_SECONDS)
        elsewhere, _ = stack.enter_context(bare_server(workshop, None))
        of_another = _flood(elsewhere, requests, "")
        of_ours = _flood(edge, requests, api.token(greedy))
        alone: list[float] = []
        there = _Beside()
        ours = _Beside()
        for _ in range(ROUNDS):
            alone += await _milliseconds(callers, SECONDS)
            answered = await there.of(of_another, callers)
            report = await ours.of(of_ours, callers)
    alone_p99, beside_p99 = percentile(alone, 0.99), percentile(ours.after, 0.99)
    return Findings(
        figures=[
            Figure(name="others alone: p50", value=percentile(alone, 0.5), unit="ms"),
            Figure(name="others alone: p99", value=alone_p99, unit="ms"),
            Figure(
                name="others beside the same flood of another server: p99",
                value=percentile(there.after, 0.99),
                unit="ms",
            ),
            Figure(
                name="others beside the flood: p50", value=percentile(ours.after, 0.5), unit="ms"
            ),
            Figure(name="others beside the flood: p99", value=beside_p99, unit="ms"),
            Figure(
                name="others while the flood begins: p99",
                value=percentile(ours.at_first, 0.99),
                unit="ms",
            ),
            Figure(
                name="others' p99 beside the flood, of alone", value=beside_p99 / alone_p99, below=2
            ),
            Figure(name="the flood of another server: calls", value=answered.per_second, unit="/s"),
            Figure(name="the flood: calls", value=report.per_second, unit="/s"),
            Figure(
                name="the flood: refused",
                value=report.refused / report.calls * 100,
                unit="%",
            ),
        ]
    )


def _flood(address: str, requests: Sequence[dict[str, str]], token: str) -> Load:
    limit = ServerSettings.model_fields["caller_calls_per_second"].default
    return Load(
        address=address,
        method=METHOD,
        requests=requests,
        token=token,
        seconds=FLOOD_BEGINS_BEFORE_SECONDS + SECONDS + 1,
        concurrency=CALLS_AT_A_TIME,
        per_second=round(TIMES_THE_LIMIT * limit),
        may_be_refused=True,
        gives_way=True,
    )


async def _milliseconds(callers: Sequence[_Caller], seconds: float) -> list[float]:
    # In turn, as people who know nothing of each other; not all in the same moment.
    apart = 1 / CALLS_PER_SECOND_EACH / len(callers)
    each = await asyncio.gather(
        *(caller.ask(seconds, after=place * apart) for place, caller in enumerate(callers))
    )
    return [one for took in each for one in took]


SUITE = Suite(
    name="floods",
    title="One caller at ten times its limit",
    method=(
        f"{OTHERS} callers of as many businesses read a job {CALLS_PER_SECOND_EACH} times a second"
        f" each, {ROUNDS} times for {SECONDS:g} s; and in turn with that, as often, while ghz, as a"
        f" caller of another business, calls {TIMES_THE_LIMIT} times as often as a caller may,"
        f" {CALLS_AT_A_TIME} calls at a time at most, since {FLOOD_BEGINS_BEFORE_SECONDS:g} s"
        " before. All through Envoy; behind it one child of our server, every setting at its"
        " default. The same flood of another server, bare grpc.aio that answers at once and without"
        " Envoy, shows what of it is only the machine's. Latencies count from the moment a call was"
        " due."
    ),
    measure=measure,
)
