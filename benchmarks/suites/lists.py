"""The list of recent jobs, on a million jobs."""

from collections.abc import Mapping

from benchmarks.figures import Figure, Findings
from benchmarks.ghz import Load, run_load
from benchmarks.million_jobs import JOBS_EACH, ORGANIZATIONS, million_jobs, organizations
from benchmarks.own_api import OwnApi, own_api
from benchmarks.suite import Suite
from benchmarks.workshop import Workshop

SECONDS = 5.0
CONCURRENCY = 8
METHOD = "campotech.jobs.v1.JobService/ListJobs"
REQUESTS: Mapping[str, Mapping[str, object]] = {
    "newest 50": {"page_size": 50},
    "newest 50 that are pending": {"page_size": 50, "states": ["STATE_PENDING"]},
    "newest 10": {"page_size": 10},
}


async def measure(workshop: Workshop) -> Findings:
    database = million_jobs(workshop)
    (business,) = organizations(database, 1)
    figures: list[Figure] = []
    with own_api(workshop, database) as api:
        token = api.token(business)
        for name, request in REQUESTS.items():
            figures += await _figures(api, name, request, token)
    return Findings(figures=figures)


async def _figures(
    api: OwnApi, name: str, request: Mapping[str, object], token: str
) -> list[Figure]:
    load = Load(
        address=api.address,
        method=METHOD,
        requests=[request],
        token=token,
        seconds=SECONDS,
        concurrency=CONCURRENCY,
        connections=2,
    )
    report = await run_load(load)
    return [
        Figure(name=f"{name}: calls", value=report.per_second, unit="/s"),
        Figure(name=f"{name}: p50", value=report.milliseconds[50], unit="ms"),
        Figure(name=f"{name}: p99", value=report.milliseconds[99], unit="ms"),
    ]


SUITE = Suite(
    name="lists",
    title="ListJobs on a million jobs",
    method=(
        f"{ORGANIZATIONS:,} businesses with {JOBS_EACH:,} jobs each over two years, in 25 monthly"
        f" partitions; one business's list through our server, one child, {CONCURRENCY} calls at a"
        f" time for {SECONDS:g} s."
    ),
    measure=measure,
)
