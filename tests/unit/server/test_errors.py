import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from domain.errors import (
    AlreadyExistsError,
    ConflictError,
    DomainError,
    EtagMismatchError,
    ExhaustedError,
    InvalidInputError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    PreconditionError,
    TemporaryError,
    UnknownOutcomeError,
)
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import job_service, loopback
from tests.support.refusals import Refused, refused
from tests.support.token_issuer import TokenIssuer

KINDS = [
    (InvalidInputError("Bad.", field="name"), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
    (NotFoundError("job", "7"), grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND"),
    (PermissionDeniedError("No."), grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
    (PreconditionError("No."), grpc.StatusCode.FAILED_PRECONDITION, "PRECONDITION_FAILED"),
    (ConflictError("Late."), grpc.StatusCode.ABORTED, "CONFLICT"),
    (EtagMismatchError("Late."), grpc.StatusCode.ABORTED, "ETAG_MISMATCH"),
    (OutOfRangeError("Gone."), grpc.StatusCode.OUT_OF_RANGE, "OUT_OF_RANGE"),
    (AlreadyExistsError("Twice."), grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS"),
    (
        ExhaustedError("Full.", retry_after_seconds=2),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "RESOURCE_EXHAUSTED",
    ),
    (TemporaryError("Down."), grpc.StatusCode.UNAVAILABLE, "TEMPORARILY_UNAVAILABLE"),
    (UnknownOutcomeError("Who knows."), grpc.StatusCode.UNKNOWN, "UNKNOWN_OUTCOME"),
]


async def refusal_of(error: Exception, issuer: TokenIssuer, **metadata: str) -> Refused:
    async def fail(_request: jobs_pb2.GetJobRequest, _context: ServicerContext) -> None:
        raise error

    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    headers = {"authorization": f"Bearer {token}", **metadata}
    async with loopback([job_service({"GetJob": fail})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        request = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")
        return await refused(stub.GetJob(request, metadata=tuple(headers.items())))


@pytest.mark.parametrize(
    ("error", "code", "reason"), KINDS, ids=[type(error).__name__ for error, _, _ in KINDS]
)
async def test_each_kind_of_error_has_one_code_and_one_reason(
    error: DomainError, code: grpc.StatusCode, reason: str, issuer: TokenIssuer
) -> None:
    refusal = await refusal_of(error, issuer)

    assert (refusal.code, refusal.reason) == (code, reason)
    assert refusal.info.domain == "campotech.dev"
    assert refusal.message == error.message
    assert refusal.spanish


async def test_an_error_tells_the_variable_parts_of_its_message(issuer: TokenIssuer) -> None:
    error = PreconditionError("Not now.", current_state="COMPLETED")

    refusal = await refusal_of(error, issuer)

    assert dict(refusal.info.metadata) == {"current_state": "COMPLETED"}


async def test_invalid_input_names_the_field(issuer: TokenIssuer) -> None:
    refusal = await refusal_of(InvalidInputError("Bad.", field="job.price"), issuer)

    assert refusal.fields == ["job.price"]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ExhaustedError("Full.", retry_after_seconds=2.5), 2.5),
        (TemporaryError("Down.", retry_after_seconds=7), 7),
        (TemporaryError("Down."), 1),
        (PreconditionError("Not now."), None),
    ],
)
async def test_only_what_may_succeed_later_says_when_to_try_again(
    error: DomainError, seconds: float | None, issuer: TokenIssuer
) -> None:
    refusal = await refusal_of(error, issuer)

    assert refusal.retry_after_seconds == seconds


async def test_what_nobody_foresaw_tells_the_request_id_and_nothing_else(
    issuer: TokenIssuer,
) -> None:
    error = RuntimeError("password=hunter2")

    refusal = await refusal_of(error, issuer, **{"x-request-id": "my-request"})

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert refusal.request_id == "my-request"
    assert "hunter2" not in refusal.message + str(refusal.details)


async def test_long_messages_are_cut_to_what_trailers_can_carry(issuer: TokenIssuer) -> None:
    error = PreconditionError("x" * 50_000, note="y" * 50_000)

    refusal = await refusal_of(error, issuer)

    assert refusal.reason == "PRECONDITION_FAILED"
    assert len(refusal.message) < 1000
