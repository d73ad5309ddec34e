"""Turns what gRPC raises into the SDK's exceptions, with the details the server attached."""

from collections.abc import Mapping, Sequence

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from campotech_client.errors import (
    AlreadyExistsError,
    CampoTechError,
    ConflictError,
    DeadlineExceededError,
    ErrorDetails,
    ExhaustedError,
    FieldViolation,
    InvalidInputError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    PreconditionError,
    ServerFaultError,
    UnauthenticatedError,
    UnavailableError,
    UnknownOutcomeError,
)

DETAILS_KEY = "grpc-status-details-bin"

KINDS: Mapping[grpc.StatusCode, type[CampoTechError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInputError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.FAILED_PRECONDITION: PreconditionError,
    grpc.StatusCode.ABORTED: ConflictError,
    grpc.StatusCode.OUT_OF_RANGE: OutOfRangeError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExhaustedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.UNKNOWN: UnknownOutcomeError,
    grpc.StatusCode.INTERNAL: ServerFaultError,
}

# What gRPC itself says, on either side, of a message that no repeat makes smaller.
_TOO_LARGE = "larger than max"
# A stream that is cut on the way, by a proxy whose server died, ends with one of these. The server
# itself never says them without a reason. Nor that it is full: that is gRPC below it, in a rush.
_SAID_BY_GRPC_ITSELF = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


def error_of(raised: grpc.aio.AioRpcError) -> CampoTechError:
    """Return the SDK's exception for what a call ended with."""
    details = _details_of(raised)
    message = raised.details() or details.code.name
    is_by_grpc_itself = not details.reason and details.code in _SAID_BY_GRPC_ITSELF
    if is_by_grpc_itself and _TOO_LARGE not in message:
        return UnavailableError(message, details)
    return KINDS.get(details.code, CampoTechError)(message, details)


def stream_error_of(raised: grpc.aio.AioRpcError, *, was_accepted: bool) -> CampoTechError:
    """Return the same for a stream; one that was accepted has outlived its token, no more.

    Another token opens it anew. Where there is none, that is refused, and then for good.
    """
    error = error_of(raised)
    if was_accepted and isinstance(error, UnauthenticatedError):
        return connection_lost("The stream has outlived its token.")
    return error


def connection_lost(message: str) -> UnavailableError:
    """Return the error for a connection that nobody declared dead."""
    return UnavailableError(message, ErrorDetails(code=grpc.StatusCode.UNAVAILABLE))


def deadline_exceeded() -> DeadlineExceededError:
    """Return the error for a call whose time is over between two attempts."""
    code = grpc.StatusCode.DEADLINE_EXCEEDED
    return DeadlineExceededError("No answer came in time.", ErrorDetails(code=code))


def _details_of(raised: grpc.aio.AioRpcError) -> ErrorDetails:
    info = error_details_pb2.ErrorInfo()
    wrong = error_details_pb2.BadRequest()
    localized = error_details_pb2.LocalizedMessage()
    request = error_details_pb2.RequestInfo()
    retry = error_details_pb2.RetryInfo()
    for detail in _attached(raised):
        for known in (info, wrong, localized, request, retry):
            detail.Unpack(known)
    return ErrorDetails(
        code=raised.code(),
        reason=info.reason,
        metadata=dict(info.metadata),
        field_violations=tuple(
            FieldViolation(violation.field, violation.description)
            for violation in wrong.field_violations
        ),
        localized_message=localized.message,
        retry_after_seconds=(
            retry.retry_delay.ToTimedelta().total_seconds()
            if retry.HasField("retry_delay")
            else None
        ),
        request_id=request.request_id,
    )


def _attached(raised: grpc.aio.AioRpcError) -> Sequence[AnyMessage]:
    for key, value in raised.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                return tuple(status_pb2.Status.FromString(value).details)
            except DecodeError:
                # A proxy's own; the code and the message still tell what happened.
                return ()
    return ()
