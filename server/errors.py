"""The only map from kinds of errors to gRPC statuses, with the details that callers branch on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from domain.errors import (
    AlreadyExistsError,
    ConflictError,
    DomainError,
    ExhaustedError,
    InvalidInputError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    PreconditionError,
    TemporaryError,
    UnknownOutcomeError,
)
from domain.limits.limit import LimitReachedError
from server.spanish import spanish_message

ERROR_DOMAIN = "campotech.dev"
LOCALE = "es-AR"
DEFAULT_RETRY_SECONDS = 1.0
INTERNAL_REASON = "INTERNAL"

_DETAILS_KEY = "grpc-status-details-bin"
# Statuses travel in the trailing headers, which clients bound (8 KiB by default).
_MAX_VIOLATIONS = 20
_MAX_TEXT = 300


class UnauthenticatedError(DomainError):
    """The server does not know who calls."""

    reason = "TOKEN_INVALID"


class DeadlineExceededError(DomainError):
    """The call took longer than it may; whether it had an effect is not known."""

    reason = "DEADLINE_EXCEEDED"


class MessageTooLargeError(DomainError):
    """The message is larger than the server takes."""

    reason = "MESSAGE_TOO_LARGE"


class ServerFullError(ExhaustedError):
    """The process serves as many calls as it may at a time."""

    reason = "SERVER_FULL"

    def __init__(self, most: int, *, retry_after_seconds: float) -> None:
        super().__init__(
            f"The server is full: a process serves {most} calls at a time.",
            retry_after_seconds=retry_after_seconds,
            max_calls=most,
        )


class ServerDrainingError(TemporaryError):
    """The server is going away: call again, and another one answers."""

    reason = "SERVER_DRAINING"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field that is wrong, and why."""

    field: str
    description: str


class InvalidRequestError(InvalidInputError):
    """The request breaks rules of the contract; the first one decides about the reason."""

    def __init__(self, violations: Sequence[FieldViolation], *, reason: str) -> None:
        super().__init__(violations[0].description, field=violations[0].field)
        self.reason = reason
        self.violations = violations


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a caller is told instead of a response."""

    code: grpc.StatusCode
    message: str
    reason: str
    details: Sequence[Message]

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        """Return the rich status as gRPC carries it beside code and message."""
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        for detail in self.details:
            packed = AnyMessage()
            packed.Pack(detail)
            status.details.append(packed)
        return ((_DETAILS_KEY, status.SerializeToString()),)


_CODES: Mapping[type[DomainError], grpc.StatusCode] = {
    InvalidInputError: grpc.StatusCode.INVALID_ARGUMENT,
    NotFoundError: grpc.StatusCode.NOT_FOUND,
    PermissionDeniedError: grpc.StatusCode.PERMISSION_DENIED,
    PreconditionError: grpc.StatusCode.FAILED_PRECONDITION,
    ConflictError: grpc.StatusCode.ABORTED,
    OutOfRangeError: grpc.StatusCode.OUT_OF_RANGE,
    AlreadyExistsError: grpc.StatusCode.ALREADY_EXISTS,
    ExhaustedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    TemporaryError: grpc.StatusCode.UNAVAILABLE,
    # Not UNAVAILABLE: that invites a repeat, which here might do the same thing twice.
    UnknownOutcomeError: grpc.StatusCode.UNKNOWN,
    UnauthenticatedError: grpc.StatusCode.UNAUTHENTICATED,
    DeadlineExceededError: grpc.StatusCode.DEADLINE_EXCEEDED,
    MessageTooLargeError: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


def refusal_of(error: Exception, request_id: str) -> Refusal:
    """Return what to tell the caller; of what we do not know, nothing but the request id."""
    code = _code_of(error)
    if code is None or not isinstance(error, DomainError):
        return _internal(request_id)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(
            reason=error.reason,
            domain=ERROR_DOMAIN,
            metadata={key: value[:_MAX_TEXT] for key, value in error.metadata.items()},
        ),
        error_details_pb2.LocalizedMessage(
            locale=LOCALE, message=spanish_message(error.reason, code)
        ),
        *_details_of_kind(error),
        error_details_pb2.RequestInfo(request_id=request_id),
    ]
    return Refusal(code, error.message[:_MAX_TEXT], error.reason, details)


def _code_of(error: Exception) -> grpc.StatusCode | None:
    for kind in type(error).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    return None


def _details_of_kind(error: DomainError) -> list[Message]:
    match error:
        case InvalidRequestError():
            return [_bad_request(error.violations)]
        case InvalidInputError():
            return [_bad_request([FieldViolation(error.field, error.message)])]
        case LimitReachedError():
            return [_retry_info(error.retry_after_seconds), _quota_failure(error)]
        case ExhaustedError():
            return [_retry_info(error.retry_after_seconds)]
        case TemporaryError():
            return [_retry_info(error.retry_after_seconds or DEFAULT_RETRY_SECONDS)]
    return []


def _bad_request(violations: Sequence[FieldViolation]) -> error_details_pb2.BadRequest:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=violation.field, description=violation.description[:_MAX_TEXT]
            )
            for violation in violations[:_MAX_VIOLATIONS]
        ]
    )


def _quota_failure(error: LimitReachedError) -> error_details_pb2.QuotaFailure:
    return error_details_pb2.QuotaFailure(
        violations=[
            error_details_pb2.QuotaFailure.Violation(subject=error.subject, description=error.quota)
        ]
    )


def _retry_info(seconds: float) -> error_details_pb2.RetryInfo:
    delay = Duration()
    delay.FromMilliseconds(round(seconds * 1000))
    return error_details_pb2.RetryInfo(retry_delay=delay)


def _internal(request_id: str) -> Refusal:
    code = grpc.StatusCode.INTERNAL
    return Refusal(
        code,
        "Something went wrong in the server.",
        INTERNAL_REASON,
        [
            error_details_pb2.ErrorInfo(
                reason=INTERNAL_REASON, domain=ERROR_DOMAIN, metadata={"request_id": request_id}
            ),
            error_details_pb2.LocalizedMessage(
                locale=LOCALE, message=spanish_message(INTERNAL_REASON, code)
            ),
            error_details_pb2.RequestInfo(request_id=request_id),
        ],
    )
