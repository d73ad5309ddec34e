"""One trace over processes: the call that completes a job, its tasks, and the calls to ARCA."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from tests.integration.workers.arca_offices import ArcaOffices
from tests.support.businesses import a_business
from tests.support.platform_business import a_fresh_cuit
from tests.support.requests import a_profile
from tests.support.rpc import running_api
from tests.support.trace_collector import TraceCollector, trace_collector
from tests.support.waiting import eventually

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
COMPLETE = "campotech.jobs.v1.JobService/CompleteJob"
AUTHORISE = "arca FECAESolicitar"
SPANS = {AUTHORISE, "invoice:afip-submit", "invoice:generate", COMPLETE}
PATIENT = {
    "CAMPOTECH_TRACES_SAMPLE_RATIO": "0",
    "CAMPOTECH_TASK_LEASE_SECONDS": "6",
    "CAMPOTECH_TASK_RENEWAL_SECONDS": "2",
}
"""Nothing but the caller's trace is kept, and no attempt is cut off on a busy machine."""


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with trace_collector() as running:
        yield running


async def complete_a_job(
    offices: ArcaOffices, collector: TraceCollector, folder: Path, valkey_url: str
) -> None:
    """Complete a job on a server of the test's own, under the caller's trace."""
    async with running_api(
        offices.platform.database, valkey_url, folder, traces_endpoint=collector.url
    ) as api:
        business = await a_business(api, fiscal_profile=a_profile(cuit=a_fresh_cuit()))
        job = await business.job_in(Job.STATE_IN_PROGRESS)
        await business.technician.app.jobs.CompleteJob(
            jobs_pb2.CompleteJobRequest(name=job.name, work_summary="Listo."),
            metadata=(("traceparent", f"00-{TRACE_ID}-{CALLERS_SPAN}-01"),),
        )


def ancestry(trace: list[tuple[str, Span]], name: str) -> list[str]:
    """Return the names of a span and those above it, the caller's own id at the end."""
    spans = {span.span_id: span for _, span in trace}
    found = [next(span for _, span in trace if span.name == name)]
    while found[-1].parent_span_id in spans:
        found.append(spans[found[-1].parent_span_id])
    return [*(span.name for span in found), found[-1].parent_span_id.hex()]


async def test_one_trace_leads_from_the_completed_job_to_the_tax_agency(
    offices: ArcaOffices, collector: TraceCollector, tmp_path: Path, valkey_url: str
) -> None:
    offices.start(1, CAMPOTECH_TRACES_ENDPOINT=collector.url, **PATIENT)

    await complete_a_job(offices, collector, tmp_path, valkey_url)

    def is_told() -> bool:
        return {span.name for _, span in collector.trace(TRACE_ID)} >= SPANS

    assert await asyncio.to_thread(eventually, is_told, within_seconds=60)
    trace = collector.trace(TRACE_ID)
    assert ancestry(trace, AUTHORISE) == [
        AUTHORISE,
        "invoice:afip-submit",
        "invoice:generate",
        COMPLETE,
        CALLERS_SPAN,
    ]
    assert {(service, span.name) for service, span in trace} >= {
        ("campotech-test", COMPLETE),
        ("campotech-worker", "invoice:generate"),
        ("campotech-worker", AUTHORISE),
    }
