"""Logs, metrics and request ids: what operators see of a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import CommandContext, Role
from domain.errors import PreconditionError
from domain.identifiers import OrganizationId
from server.caller import command_context
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import Behavior, job_service, loopback, raw_method
from tests.support.refusals import refused
from tests.support.token_issuer import TokenIssuer
from tests.support.waiting import eventually_true

REQUEST = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def get(
    _request: jobs_pb2.GetJobRequest, _context: ServicerContext
) -> jobs_pb2.GetJobResponse:
    return jobs_pb2.GetJobResponse()


def failing_with(error: Exception) -> Behavior:
    async def fail(_request: jobs_pb2.GetJobRequest, _context: ServicerContext) -> None:
        raise error

    return fail


def headers(
    issuer: TokenIssuer, *, organization_id: OrganizationId | None = None, **more: Any
) -> tuple[tuple[str, str], ...]:
    token = issuer.token(Role.OWNER, organization_id=organization_id or an_organization_id())
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return tuple({"authorization": f"Bearer {token}", **named}.items())


async def context_of_a_call(issuer: TokenIssuer, **more: Any) -> CommandContext:
    seen: list[CommandContext] = []

    async def note(
        _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        seen.append(command_context())
        return jobs_pb2.GetJobResponse()

    async with loopback([job_service({"GetJob": note})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        await stub.GetJob(REQUEST, metadata=headers(issuer, **more))
    return seen[0]


async def test_a_command_carries_the_callers_request_id_and_trace(issuer: TokenIssuer) -> None:
    context = await context_of_a_call(issuer, x_request_id="req-1.2_3", traceparent=TRACEPARENT)

    assert context.correlation_id == "req-1.2_3"
    assert context.traceparent == TRACEPARENT


@pytest.mark.parametrize("given", ["", "with blank", "x" * 65, 'quo"te'])
async def test_a_request_id_that_is_none_is_replaced(given: str, issuer: TokenIssuer) -> None:
    context = await context_of_a_call(issuer, x_request_id=given, traceparent=given)

    assert context.correlation_id not in {"", given}
    assert context.traceparent is None


async def test_each_call_is_logged_with_who_asked_and_how_it_ended(issuer: TokenIssuer) -> None:
    organization_id = an_organization_id()
    error = PreconditionError("Not now.", customer="Ana Gómez")
    with capture_logs() as events:
        async with loopback([job_service({"GetJob": failing_with(error)})], issuer) as running:
            stub = jobs_pb2_grpc.JobServiceStub(running.channel)
            metadata = headers(issuer, organization_id=organization_id, x_request_id="req-1")
            await refused(stub.GetJob(REQUEST, metadata=metadata))

    (event,) = [event for event in events if event["event"] == "call_finished"]
    assert event["method"] == "/campotech.jobs.v1.JobService/GetJob"
    assert event["code"] == "FAILED_PRECONDITION"
    assert event["reason"] == "PRECONDITION_FAILED"
    assert event["organization_id"] == str(organization_id)
    assert event["request_id"] == "req-1"
    assert event["duration_ms"] >= 0
    assert "Ana Gómez" not in str(event)


async def test_an_error_that_nobody_foresaw_is_logged_with_the_error(issuer: TokenIssuer) -> None:
    error = RuntimeError("broken")
    with capture_logs() as events:
        async with loopback([job_service({"GetJob": failing_with(error)})], issuer) as running:
            stub = jobs_pb2_grpc.JobServiceStub(running.channel)
            await refused(stub.GetJob(REQUEST, metadata=headers(issuer)))

    (event,) = [event for event in events if event["event"] == "call_finished"]
    assert event["log_level"] == "error"
    assert event["exc_info"] is error


async def test_health_checks_that_go_well_are_not_logged(issuer: TokenIssuer) -> None:
    with capture_logs() as events:
        async with loopback([], issuer) as running:
            await raw_method(running, "/grpc.health.v1.Health/Check")(b"")

    assert not [event for event in events if event["event"] == "call_finished"]


async def test_calls_are_counted_by_method_and_code(issuer: TokenIssuer) -> None:
    async with loopback([job_service({"GetJob": get})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        for _ in range(2):
            await stub.GetJob(REQUEST, metadata=headers(issuer))
        await refused(stub.GetJob(REQUEST))

    labels = {"service": "campotech.jobs.v1.JobService", "method": "GetJob"}
    counted = {
        code: running.registry.get_sample_value(
            "campotech_rpc_calls_total", {**labels, "code": code}
        )
        for code in ("OK", "UNAUTHENTICATED")
    }
    took = running.registry.get_sample_value("campotech_rpc_duration_seconds_count", labels)
    assert counted == {"OK": 2, "UNAUTHENTICATED": 1}
    assert took == 3


async def test_a_caller_that_hangs_up_is_counted_as_cancelled(issuer: TokenIssuer) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def stuck(_request: jobs_pb2.GetJobRequest, _context: ServicerContext) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with loopback([job_service({"GetJob": stuck})], issuer) as running:
        call = jobs_pb2_grpc.JobServiceStub(running.channel).GetJob(
            REQUEST, metadata=headers(issuer)
        )
        await begun.wait()
        call.cancel()
        async with asyncio.timeout(5):
            await ended.wait()

    labels = {"service": "campotech.jobs.v1.JobService", "method": "GetJob", "code": "CANCELLED"}
    assert running.registry.get_sample_value("campotech_rpc_calls_total", labels) == 1


async def test_a_caller_that_hangs_up_while_it_is_told_something_is_cancelled_too(
    issuer: TokenIssuer,
) -> None:
    async def watch(
        _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        yield jobs_pb2.WatchJobsResponse()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        yield jobs_pb2.WatchJobsResponse()

    async with loopback([job_service({"WatchJobs": watch})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer))
        await anext(aiter(stream))
        with capture_logs() as entries:

            async def is_logged() -> bool:
                return bool(entries)

            stream.cancel()

            assert await eventually_true(is_logged)

    assert [(entry["log_level"], entry["code"]) for entry in entries] == [("info", "CANCELLED")]


async def test_open_streams_are_gauged_while_they_are_open(issuer: TokenIssuer) -> None:
    async def watch(
        _request: jobs_pb2.WatchJobsRequest, _context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        yield jobs_pb2.WatchJobsResponse()
        await asyncio.Event().wait()

    labels = {"service": "campotech.jobs.v1.JobService", "method": "WatchJobs"}
    name = "campotech_rpc_open_streams"
    async with loopback([job_service({"WatchJobs": watch})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        stream = stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=headers(issuer))
        await anext(aiter(stream))

        open_then = running.registry.get_sample_value(name, labels)

        await running.server.drain()
        code = await stream.code()
    assert open_then == 1
    assert code is grpc.StatusCode.UNAVAILABLE
    assert running.registry.get_sample_value(name, labels) == 0
