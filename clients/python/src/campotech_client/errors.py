"""What a call can fail with: one exception per kind of refusal, with all that the server said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of the request that is wrong, and why."""

    field: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDetails:
    """What came with an error, beside its message."""

    code: grpc.StatusCode
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    field_violations: tuple[FieldViolation, ...] = ()
    localized_message: str = ""
    retry_after_seconds: float | None = None
    request_id: str = ""


class CampoTechError(Exception):
    """A call failed; the subclasses are the kinds of failure.

    `reason` is stable and what programs branch on (`JOB_TRANSITION_REFUSED`), `metadata` holds what
    varies in the message, `localized_message` is for people, in Spanish, and `request_id` is the
    id under which the server's logs know the call. All are empty where nothing was said.
    """

    def __init__(self, message: str, details: ErrorDetails) -> None:
        super().__init__(message)
        self.message = message
        self.code = details.code
        self.reason = details.reason
        self.metadata = details.metadata
        self.field_violations = details.field_violations
        self.localized_message = details.localized_message
        self.retry_after_seconds = details.retry_after_seconds
        self.request_id = details.request_id

    def __str__(self) -> str:
        what = f"{self.code.name} ({self.reason})" if self.reason else self.code.name
        fields = "".join(
            f" [{wrong.field}: {wrong.description}]" for wrong in self.field_violations
        )
        return f"{what}: {self.message}{fields}"


class InvalidInputError(CampoTechError):
    """Something in the request is wrong: `field_violations` names it."""


class UnauthenticatedError(CampoTechError):
    """There was no token, or it is expired or forged, and a new one did not help."""


class PermissionDeniedError(CampoTechError):
    """Somebody with another role must do it."""


class NotFoundError(CampoTechError):
    """There is no such thing in the caller's organisation."""


class AlreadyExistsError(CampoTechError):
    """Another resource has what must be unique."""


class PreconditionError(CampoTechError):
    """The resource is in a state that does not allow it."""


class ConflictError(CampoTechError):
    """Somebody changed the resource since it was read: read it again, decide anew."""


class OutOfRangeError(CampoTechError):
    """What was asked for is no longer kept."""


class ExhaustedError(CampoTechError):
    """A limit was reached, or the request is too large (then there is no `retry_after_seconds`)."""


class DeadlineExceededError(CampoTechError):
    """No answer came in time; whether the call had an effect is not known.

    Repeat a command with the same request id.
    """


class UnavailableError(CampoTechError):
    """The server could not be reached, went away, or cannot work now; repeats did not help.

    Whether the call had an effect is not known. Repeat a command with the same request id.
    """


class UnknownOutcomeError(CampoTechError):
    """The server does not know whether it was done: look before trying again."""


class ServerFaultError(CampoTechError):
    """The server has a fault: its logs know it by `request_id`."""
