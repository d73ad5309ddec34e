"""What the CPU time of a GetJob goes to, by part of the server, and by part of a bare one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.bare_server import bare_server
from benchmarks.figures import Figure, Findings
from benchmarks.ghz import Load, run_load
from benchmarks.million_jobs import job_names, million_jobs, organizations
from benchmarks.own_api import own_api
from benchmarks.process_times import cpu_seconds, main_thread_cpu_seconds, tree
from benchmarks.samples import SamplesMissingError, Stack, sample_loop, shares
from benchmarks.suite import Suite
from benchmarks.suites.reads import METHOD, NAMES, WARM_UP_SECONDS
from benchmarks.workshop import Workshop
from cli.local_servers.children import Child

SECONDS = 8.0
SAMPLED_SECONDS = 15.0
# The load goes on a little longer, while py-spy starts and ends.
_AROUND_SECONDS = 3.0

_PSYCOPG = {"psycopg": ["/psycopg/", "/psycopg_pool/", "/psycopg_binary/"]}
_OURS: Mapping[str, Sequence[str]] = {
    **_PSYCOPG,
    "authentication": ["/interceptors/authentication.py", "/server/tokens.py", "/jwt/"],
    "authorisation": ["/interceptors/authorisation.py", "/server/roles.py"],
    "limits": ["/interceptors/limits.py", "/server/call_limits.py"],
    "checks of the request": [
        "/interceptors/request_validation.py",
        "/server/request_rules.py",
        "/protovalidate/",
    ],
    "access log": ["/interceptors/logging.py", "/structlog/"],
    "metrics": ["/interceptors/metrics.py", "/server/metrics.py", "/prometheus_client/"],
    "chain and other interceptors": ["/server/interceptors/", "/server/calls.py"],
    "statements and rows": ["/adapters/postgres/"],
    "domain": ["/domain/"],
    "messages": ["/server/"],
}
_BARE: Mapping[str, Sequence[str]] = {**_PSYCOPG, "handler": ["/benchmarks/bare_grpc.py"]}
_REST = "event loop and grpc.aio"


async def measure(workshop: Workshop) -> Findings:
    database = million_jobs(workshop)
    (business,) = organizations(database, 1)
    load = Load(
        address="",
        method=METHOD,
        requests=[{"name": name} for name in job_names(database, business, NAMES)],
        token="",
    )
    with bare_server(workshop, database) as (address, program):
        bare = await _parts("bare SELECT", replace(load, address=address), program, _BARE)
    with own_api(workshop, database) as api:
        own = replace(load, address=api.address, token=api.token(business))
        ours = await _parts("GetJob", own, api.program, _OURS)
    return Findings(figures=[*bare.figures, *ours.figures], notes=[*bare.notes, *ours.notes])


async def _parts(
    name: str, load: Load, program: Child, parts: Mapping[str, Sequence[str]]
) -> Findings:
    await run_load(replace(load, seconds=WARM_UP_SECONDS))
    # Its parent only watches over it.
    pid = max(tree(program.pid), key=main_thread_cpu_seconds)
    all_before, main_before = cpu_seconds(program.pid), main_thread_cpu_seconds(pid)
    report = await run_load(replace(load, seconds=SECONDS))
    main = (main_thread_cpu_seconds(pid) - main_before) / report.calls
    others = (cpu_seconds(program.pid) - all_before) / report.calls - main
    try:
        share_of = shares(await _sampled(pid, load), parts, rest=_REST)
    except SamplesMissingError as error:
        return Findings(figures=[], notes=[f"{name} was skipped: {error}"])
    by_part = {part: share * main for part, share in share_of.items()}
    by_part["grpc's own threads"] = others
    return Findings(
        figures=[
            Figure(name=f"{name}: {part}", value=seconds * 1e6, unit="µs")
            for part, seconds in by_part.items()
        ]
    )


async def _sampled(pid: int, load: Load) -> Mapping[Stack, int]:
    seconds = SAMPLED_SECONDS + _AROUND_SECONDS
    loading = asyncio.create_task(run_load(replace(load, seconds=seconds)))
    try:
        return await sample_loop(pid, seconds=SAMPLED_SECONDS)
    finally:
        await loading


SUITE = Suite(
    name="parts",
    title="What the CPU time of a GetJob goes to",
    method=(
        f"As in the part before: the CPU time of the server's process per call over {SECONDS:g} s."
        f" Python code runs on its first thread; py-spy then samples that for {SAMPLED_SECONDS:g} s"
        " of the same load, and a sample is of the part whose code is innermost, with all that it"
        " calls of libraries that are no part of their own. What shows no frame of any part is the"
        " event loop's and grpc.aio's own, both compiled. Postgres and ghz stand in the part"
        " before."
    ),
    measure=measure,
)
