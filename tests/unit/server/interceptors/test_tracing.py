"""Calls as spans, and what a command inherits of them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import CommandContext, Role
from domain.errors import PreconditionError
from server.caller import command_context
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import Behavior, job_service, loopback, raw_method
from tests.support.refusals import refused
from tests.support.seen_traces import SeenTraces, parent_id_of, says, span_id_of, trace_id_of
from tests.support.token_issuer import TokenIssuer

REQUEST = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Desk:
    """Answers calls, or raises, and notes what surrounded them."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.contexts: list[CommandContext] = []

    async def answer(
        self, _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        self.contexts.append(command_context())
        if self.error is not None:
            raise self.error
        return jobs_pb2.GetJobResponse()


def headers(issuer: TokenIssuer, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    return (("authorization", f"Bearer {token}"), *more)


async def span_of_a_call(
    issuer: TokenIssuer, behavior: Behavior, *more: tuple[str, str]
) -> ReadableSpan:
    """Make a call and return the only span that it left."""
    traces = SeenTraces()
    async with loopback([job_service({"GetJob": behavior})], issuer, traces=traces) as running:
        call = jobs_pb2_grpc.JobServiceStub(running.channel).GetJob(
            REQUEST, metadata=headers(issuer, *more)
        )
        await call.code()
        await running.server.stop()
    (span,) = traces.spans
    return span


async def test_a_call_goes_on_with_the_callers_trace(issuer: TokenIssuer) -> None:
    desk = Desk()

    span = await span_of_a_call(issuer, desk.answer, ("traceparent", PARENT))

    assert span.name == "campotech.jobs.v1.JobService/GetJob"
    assert (trace_id_of(span), parent_id_of(span)) == tuple(PARENT.split("-")[1:3])
    assert says(span)["rpc.grpc.status_code"] == 0
    assert span.status.status_code is StatusCode.UNSET
    assert desk.contexts[0].traceparent == f"00-{trace_id_of(span)}-{span_id_of(span)}-01"


@pytest.mark.parametrize("given", [(), (("traceparent", "00-nonsense-01"),)])
async def test_a_call_without_a_trace_begins_one(
    given: tuple[tuple[str, str], ...], issuer: TokenIssuer
) -> None:
    span = await span_of_a_call(issuer, Desk().answer, *given)

    assert parent_id_of(span) == ""


async def test_a_refusal_is_an_answer_and_no_error(issuer: TokenIssuer) -> None:
    desk = Desk(PreconditionError("Ana Gómez has paid.", customer="Ana Gómez"))

    span = await span_of_a_call(issuer, desk.answer)

    assert says(span)["campotech.reason"] == "PRECONDITION_FAILED"
    assert span.status.status_code is StatusCode.UNSET
    assert "Ana" not in span.to_json()


async def test_a_mistake_of_ours_is_an_error(issuer: TokenIssuer) -> None:
    span = await span_of_a_call(issuer, Desk(RuntimeError("Ana Gómez")).answer)

    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "INTERNAL")
    assert "Ana" not in span.to_json()


async def test_the_log_of_a_call_carries_its_trace(issuer: TokenIssuer) -> None:
    with capture_logs(processors=[merge_contextvars]) as events:
        span = await span_of_a_call(issuer, Desk().answer)

    (event,) = [event for event in events if event["event"] == "call_finished"]
    assert event["trace_id"] == trace_id_of(span)


async def test_streams_and_checks_of_health_leave_no_span(issuer: TokenIssuer) -> None:
    async def watch(
        _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        yield jobs_pb2.WatchJobsResponse()

    traces = SeenTraces()
    async with loopback([job_service({"WatchJobs": watch})], issuer, traces=traces) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer))
        async with asyncio.timeout(5):
            told = [response async for response in stream]
        await raw_method(running, "/grpc.health.v1.Health/Check")(b"")

    assert len(told) == 1
    assert traces.spans == ()


async def test_without_traces_a_command_carries_the_callers_trace_on(issuer: TokenIssuer) -> None:
    desk = Desk()

    async with loopback([job_service({"GetJob": desk.answer})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        await stub.GetJob(REQUEST, metadata=headers(issuer, ("traceparent", PARENT)))
        await refused(stub.GetJob(REQUEST))

    assert [context.traceparent for context in desk.contexts] == [PARENT]
