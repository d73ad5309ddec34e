"""Calls: repeats that keep the request id, deadlines, tokens, errors, lists."""

import asyncio
import socket
from collections.abc import Iterator

import grpc
import pytest
from google.rpc import error_details_pb2

from campotech_client import CampoTech, RetryPolicy
from campotech_client.errors import (
    DeadlineExceededError,
    ExhaustedError,
    FieldViolation,
    InvalidInputError,
    PreconditionError,
    ServerFaultError,
    UnauthenticatedError,
    UnavailableError,
)
from campotech_client.resources import Job
from tests.integration.client.conftest import SOON, FaultyServer
from tests.integration.client.faults import ANSWER_LOST, FULL, GOOD_TOKEN, UNREACHABLE, Fault


async def test_a_command_that_meets_a_dead_server_is_repeated(
    server: FaultyServer, client: CampoTech
) -> None:
    server.faults.planned.extend([UNREACHABLE, UNREACHABLE])

    job = await client.jobs.create(Job(description="Leaking tap"))

    assert job.description == "Leaking tap"
    assert server.faults.methods_seen == ["CreateJob"] * 3


async def test_a_command_whose_answer_was_lost_has_one_effect(
    server: FaultyServer, client: CampoTech
) -> None:
    server.faults.planned.append(ANSWER_LOST)

    await client.jobs.create(Job(description="Leaking tap"))

    request_ids = [request.request_id for request in server.faults.requests_seen]
    assert len(request_ids) == 2
    assert len(set(request_ids)) == 1
    assert len(server.jobs.jobs) == 1


async def test_two_commands_have_two_request_ids(server: FaultyServer, client: CampoTech) -> None:
    await client.jobs.create(Job(description="Leaking tap"))
    await client.jobs.create(Job(description="Leaking tap"))

    assert len(server.jobs.jobs) == 2


async def test_a_caller_may_bring_the_request_id(server: FaultyServer, client: CampoTech) -> None:
    await client.jobs.create(Job(), request_id="b6ba5c64-7f18-4b2b-8f29-0d2a6f2b7c11")
    await client.jobs.create(Job(), request_id="b6ba5c64-7f18-4b2b-8f29-0d2a6f2b7c11")

    assert len(server.jobs.jobs) == 1


async def test_the_server_is_given_the_time_it_asks_for(
    server: FaultyServer, client: CampoTech
) -> None:
    loop = asyncio.get_running_loop()
    full = Fault(code=grpc.StatusCode.RESOURCE_EXHAUSTED, retry_after_seconds=0.2)
    server.faults.planned.append(full)
    begun_at = loop.time()

    await client.jobs.create(Job())

    assert loop.time() - begun_at >= 0.2


async def test_a_command_that_meets_a_full_server_is_repeated(
    server: FaultyServer, client: CampoTech
) -> None:
    server.faults.planned.extend([FULL, FULL])

    await client.jobs.create(Job())

    assert server.faults.methods_seen == ["CreateJob"] * 3


@pytest.mark.parametrize(
    "too_large",
    [
        Fault(code=grpc.StatusCode.RESOURCE_EXHAUSTED, reason="MESSAGE_TOO_LARGE"),
        Fault(
            code=grpc.StatusCode.RESOURCE_EXHAUSTED,
            message="SERVER: Received message larger than max (9000000 vs. 8388608)",
        ),
    ],
)
async def test_a_request_that_is_too_large_is_not_repeated(
    server: FaultyServer, client: CampoTech, too_large: Fault
) -> None:
    server.faults.planned.append(too_large)

    with pytest.raises(ExhaustedError) as caught:
        await client.jobs.create(Job())

    assert caught.value.reason == too_large.reason
    assert len(server.faults.methods_seen) == 1


async def test_repeats_end_with_the_last_attempt(server: FaultyServer) -> None:
    server.faults.planned.extend([UNREACHABLE] * 10)
    twice = RetryPolicy(max_attempts=2, first_pause_seconds=0.001)

    async with CampoTech(server.address, token=GOOD_TOKEN, retries=twice) as client:
        with pytest.raises(UnavailableError):
            await client.jobs.create(Job())

    assert len(server.faults.methods_seen) == 2


async def test_no_pause_is_begun_that_ends_after_the_deadline(
    server: FaultyServer, client: CampoTech
) -> None:
    loop = asyncio.get_running_loop()
    busy = Fault(code=grpc.StatusCode.UNAVAILABLE, reason="BUSY", retry_after_seconds=30)
    server.faults.planned.append(busy)
    begun_at = loop.time()

    with pytest.raises(UnavailableError) as caught:
        await client.jobs.create(Job(), timeout_seconds=5)

    assert caught.value.retry_after_seconds == 30
    assert loop.time() - begun_at < 5


async def test_a_call_without_an_answer_ends_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        async with CampoTech(f"127.0.0.1:{port}", retries=SOON) as client:
            with pytest.raises(DeadlineExceededError):
                await client.health.get(timeout_seconds=0.3)


async def test_a_refused_token_is_fetched_anew_once(server: FaultyServer) -> None:
    tokens = iter(["token-of-yesterday", GOOD_TOKEN])

    async with CampoTech(server.address, token=lambda: next(tokens), retries=SOON) as client:
        await client.jobs.create(Job())
        await client.jobs.create(Job())

    assert len(server.jobs.jobs) == 2
    assert list(tokens) == []


async def test_a_token_may_come_from_an_async_function(server: FaultyServer) -> None:
    async def fetch() -> str:
        return GOOD_TOKEN

    async with CampoTech(server.address, token=fetch, retries=SOON) as client:
        job = await client.jobs.create(Job())

    assert job.number == 1


async def test_calls_that_are_refused_together_fetch_one_token(server: FaultyServer) -> None:
    fetched: Iterator[str] = iter(["token-of-yesterday", GOOD_TOKEN])

    async with CampoTech(server.address, token=lambda: next(fetched), retries=SOON) as client:
        await asyncio.gather(*(client.jobs.create(Job()) for _ in range(5)))

    assert len(server.jobs.jobs) == 5


async def test_a_fixed_token_that_is_refused_is_an_error(server: FaultyServer) -> None:
    async with CampoTech(server.address, token=f"not-{GOOD_TOKEN}", retries=SOON) as client:
        with pytest.raises(UnauthenticatedError) as caught:
            await client.jobs.create(Job())

    assert caught.value.reason == "TOKEN_EXPIRED"


async def test_a_token_that_cannot_be_fetched_now_is_tried_again(server: FaultyServer) -> None:
    answers: Iterator[str | None] = iter([None, GOOD_TOKEN])

    def fetch() -> str:
        token = next(answers)
        if token is None:
            raise ConnectionRefusedError
        return token

    async with CampoTech(server.address, token=fetch, retries=SOON) as client:
        job = await client.jobs.create(Job())

    assert job.number == 1


async def test_an_error_carries_all_that_the_server_said(
    server: FaultyServer, client: CampoTech
) -> None:
    fault = Fault(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        details=(
            error_details_pb2.ErrorInfo(reason="INVALID_FIELD", metadata={"limit": "90"}),
            error_details_pb2.BadRequest(
                field_violations=[
                    error_details_pb2.BadRequest.FieldViolation(
                        field="job.service_address", description="is required"
                    )
                ]
            ),
            error_details_pb2.LocalizedMessage(locale="es-AR", message="Falta la dirección."),
            error_details_pb2.RequestInfo(request_id="request-7"),
        ),
    )
    server.faults.planned.append(fault)

    with pytest.raises(InvalidInputError) as caught:
        await client.jobs.create(Job())

    error = caught.value
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert error.reason == "INVALID_FIELD"
    assert error.metadata == {"limit": "90"}
    assert error.field_violations == (FieldViolation("job.service_address", "is required"),)
    assert error.localized_message == "Falta la dirección."
    assert error.request_id == "request-7"
    assert "job.service_address: is required" in str(error)


async def test_a_refused_step_is_not_repeated(server: FaultyServer, client: CampoTech) -> None:
    refused = Fault(code=grpc.StatusCode.FAILED_PRECONDITION, reason="JOB_TRANSITION_REFUSED")
    server.faults.planned.append(refused)

    with pytest.raises(PreconditionError) as caught:
        await client.jobs.complete("jobs/1", work_summary="Done")

    assert caught.value.reason == "JOB_TRANSITION_REFUSED"
    assert len(server.faults.methods_seen) == 1


async def test_a_fault_of_the_server_is_not_repeated(
    server: FaultyServer, client: CampoTech
) -> None:
    server.faults.planned.append(Fault(code=grpc.StatusCode.INTERNAL, reason="INTERNAL"))

    with pytest.raises(ServerFaultError):
        await client.jobs.create(Job())

    assert len(server.faults.methods_seen) == 1


async def test_a_call_that_was_cut_off_on_the_way_is_repeated(
    server: FaultyServer, client: CampoTech
) -> None:
    server.faults.planned.append(Fault(code=grpc.StatusCode.INTERNAL))

    job = await client.jobs.create(Job())

    assert job.number == 1


async def test_a_list_is_read_page_by_page(server: FaultyServer, client: CampoTech) -> None:
    for number in range(5):
        await client.jobs.create(Job(description=f"Job {number}"))
    server.faults.methods_seen.clear()

    numbers = [job.number async for job in client.jobs.list()]

    assert numbers == [5, 4, 3, 2, 1]
    assert server.faults.methods_seen == ["ListJobs"] * 3


async def test_the_first_of_a_list_take_no_more_pages_than_needed(
    server: FaultyServer, client: CampoTech
) -> None:
    for number in range(5):
        await client.jobs.create(Job(description=f"Job {number}"))
    server.faults.methods_seen.clear()

    newest = await client.jobs.list().first(2)

    assert [job.number for job in newest] == [5, 4]
    assert server.faults.methods_seen == ["ListJobs"]
