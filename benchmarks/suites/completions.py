"""CompleteJob: state, audit row, event, task and request id in one durable transaction."""

import asyncio

from benchmarks.figures import Figure, Findings
from benchmarks.ghz import Load, LoadReport, run_load
from benchmarks.million_jobs import begin_jobs, million_jobs, organizations
from benchmarks.own_api import own_api
from benchmarks.suite import Suite
from benchmarks.workshop import CpuMeter, Workshop

BUSINESSES = 8
JOBS_EACH = 400
CONCURRENCY_EACH = 4
METHOD = "campotech.jobs.v1.JobService/CompleteJob"


async def measure(workshop: Workshop) -> Findings:
    database = million_jobs(workshop)
    workshop.empty_valkey()
    loads = {
        business: begin_jobs(database, business, JOBS_EACH)
        for business in organizations(database, BUSINESSES)
    }
    with own_api(workshop, database) as api:
        meter = CpuMeter({"server": [api.program], "Postgres": [workshop.postgres]})
        reports = await asyncio.gather(
            *(
                run_load(
                    Load(
                        address=api.address,
                        method=METHOD,
                        requests=[
                            {"name": name, "workSummary": "Se cambió el flexible."}
                            for name in names
                        ],
                        token=api.token(business),
                        count=JOBS_EACH,
                        concurrency=CONCURRENCY_EACH,
                        connections=1,
                    )
                )
                for business, names in loads.items()
            )
        )
        cpu = meter.used()
    calls = sum(report.calls for report in reports)
    seconds = max(report.seconds for report in reports)
    return Findings(
        figures=[
            Figure(name="calls", value=calls / seconds, unit="/s"),
            Figure(name="p50 of the middle business", value=_middle(reports, 50), unit="ms"),
            Figure(name="p99 of the middle business", value=_middle(reports, 99), unit="ms"),
            *(
                Figure(name=f"CPU per call, {part}", value=used / calls * 1e6, unit="µs")
                for part, used in cpu.items()
            ),
        ]
    )


def _middle(reports: list[LoadReport], share: int) -> float:
    ordered = sorted(report.milliseconds[share] for report in reports)
    return ordered[len(ordered) // 2]


SUITE = Suite(
    name="completions",
    title="CompleteJob",
    method=(
        f"{BUSINESSES} businesses, each with {JOBS_EACH} jobs in progress and a ghz that completes"
        f" them {CONCURRENCY_EACH} at a time, on one child of our server. Events are numbered under"
        " a lock of the business, so one business completes its jobs one after another."
    ),
    measure=measure,
)
