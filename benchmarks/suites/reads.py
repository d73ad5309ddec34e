"""GetJob through everything, against grpc.aio with the same statement and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.bare_server import bare_server
from benchmarks.figures import Figure, Findings
from benchmarks.ghz import Load, run_load
from benchmarks.million_jobs import JOBS_EACH, ORGANIZATIONS, job_names, million_jobs, organizations
from benchmarks.own_api import own_api, wait_until_connected
from benchmarks.peers.peer import PeerMissingError
from benchmarks.peers.read_servers import ReadServer, fastify_server, go_server, load_fastify
from benchmarks.suite import Suite
from benchmarks.workshop import CpuMeter, Database, Workshop
from cli.local_servers.children import Child

SECONDS = 6.0
WARM_UP_SECONDS = 2.0
NAMES = 200
METHOD = "campotech.jobs.v1.JobService/GetJob"


@dataclass(frozen=True, slots=True)
class _Rate:
    per_second: float
    figures: Sequence[Figure]


async def measure(workshop: Workshop) -> Findings:
    database = million_jobs(workshop)
    (business,) = organizations(database, 1)
    load = Load(
        address="",
        method=METHOD,
        requests=[{"name": name} for name in job_names(database, business, NAMES)],
        token="",
        seconds=SECONDS,
    )
    with bare_server(workshop, None) as (address, program):
        echo = await _rate(workshop, "bare echo", replace(load, address=address), program)
    with bare_server(workshop, database) as (address, program):
        bare = await _rate(workshop, "bare SELECT", replace(load, address=address), program)
    with own_api(workshop, database) as api:
        own = replace(load, address=api.address, token=api.token(business))
        ours = await _rate(workshop, "GetJob", own, api.program)
    peers, notes = await _peers(workshop, database, load)
    return Findings(
        figures=[
            *echo.figures,
            *bare.figures,
            *ours.figures,
            *peers,
            Figure(
                name="GetJob, of bare SELECT",
                value=ours.per_second / bare.per_second,
                at_least=0.60,
            ),
        ],
        notes=notes,
    )


async def _peers(
    workshop: Workshop, database: Database, load: Load
) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    notes = []
    try:
        with go_server(workshop, database) as server:
            wait_until_connected(server.address)
            there = replace(load, address=server.address)
            figures += (await _rate(workshop, "grpc-go", there, server.program)).figures
    except PeerMissingError as error:
        notes.append(f"grpc-go was skipped: {error}")
    try:
        with fastify_server(workshop, database) as server:
            figures += await _fastify(workshop, server, load)
    except PeerMissingError as error:
        notes.append(f"Fastify was skipped: {error}")
    return figures, notes


async def _fastify(workshop: Workshop, server: ReadServer, load: Load) -> list[Figure]:
    names = [str(request["name"]) for request in load.requests]
    once = partial(
        load_fastify,
        server,
        names,
        connections=load.concurrency,
        folder=workshop.folder,
    )
    await once(seconds=WARM_UP_SECONDS)
    meter = CpuMeter({"server": [server.program], "Postgres": [workshop.postgres]})
    report = await once(seconds=SECONDS)
    return [
        Figure(name="Fastify: calls", value=report["calls"] / report["seconds"], unit="/s"),
        Figure(name="Fastify: p50", value=report["p50"], unit="ms"),
        Figure(name="Fastify: p99", value=report["p99"], unit="ms"),
        *_cpu("Fastify", meter.used(), report["calls"]),
    ]


def _cpu(name: str, used: Mapping[str, float], calls: float) -> list[Figure]:
    return [
        Figure(name=f"{name}: CPU per call, {part}", value=seconds / calls * 1e6, unit="µs")
        for part, seconds in used.items()
    ]


async def _rate(workshop: Workshop, name: str, load: Load, program: Child) -> _Rate:
    await run_load(replace(load, seconds=WARM_UP_SECONDS))
    meter = CpuMeter({"server": [program], "Postgres": [workshop.postgres]})
    report = await run_load(load)
    cpu = {**meter.used(), "ghz": report.generator_cpu_seconds}
    return _Rate(
        report.per_second,
        [
            Figure(name=f"{name}: calls", value=report.per_second, unit="/s"),
            Figure(name=f"{name}: p50", value=report.milliseconds[50], unit="ms"),
            Figure(name=f"{name}: p99", value=report.milliseconds[99], unit="ms"),
            *_cpu(name, cpu, report.calls),
        ],
    )


SUITE = Suite(
    name="reads",
    title="GetJob, against bare gRPC",
    method=(
        f"ghz, 32 calls at a time on 4 connections for {SECONDS:g} s after {WARM_UP_SECONDS:g} s of"
        f" warming up, {NAMES} jobs in turn out of {ORGANIZATIONS * JOBS_EACH:,}. Every server is"
        " one process on uvloop. Bare echo: grpc.aio that answers at once. Bare SELECT: grpc.aio"
        " with one handler that runs the same statement on the same kind of pool, as a superuser"
        " whom no policy holds up, and prints the row. GetJob: our server, one"
        " child: every interceptor, a verified token, row-level security. grpc-go (pgx) and Fastify"
        " (pg, JSON over HTTP, loaded by autocannon) run setting and statement in one round trip"
        " under row-level security and check no token; Go takes every core it can get."
    ),
    measure=measure,
)
