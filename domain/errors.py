"""The kinds of refusal every context shares; a context subclasses them with reasons of its own.

A reason is API: callers branch on it, so it is never renamed. Metadata names each variable part
of the message, always as text.
"""


class DomainError(Exception):
    """A refusal that a caller is told about: message, stable reason, variable parts."""

    reason: str = "DOMAIN_ERROR"

    def __init__(self, message: str, /, **metadata: object) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = {key: str(value) for key, value in metadata.items()}


class InvalidInputError(DomainError):
    """The request can never succeed as it stands; `field` names the path of what is wrong."""

    reason = "INVALID_FIELD"

    def __init__(self, message: str, *, field: str, **metadata: object) -> None:
        super().__init__(message, field=field, **metadata)
        self.field = field


class NotFoundError(DomainError):
    """The resource does not exist, or belongs to another organisation: the two look the same.

    The reason names the kind of resource: `JOB_NOT_FOUND`.
    """

    reason = "NOT_FOUND"

    def __init__(self, kind: str, resource_id: object = "") -> None:
        super().__init__(f"There is no such {kind}.", **{kind: resource_id})
        self.reason = f"{kind.upper()}_NOT_FOUND"


class PermissionDeniedError(DomainError):
    """The caller is known and may not do this."""

    reason = "PERMISSION_DENIED"


class PreconditionError(DomainError):
    """The resource is in a state that does not allow this; repeating it alone will not help."""

    reason = "PRECONDITION_FAILED"


class ConflictError(DomainError):
    """Somebody else changed the resource first; read it again and decide anew."""

    reason = "CONFLICT"


class EtagMismatchError(ConflictError):
    """The resource is not, or not said to be, the version the caller read."""

    reason = "ETAG_MISMATCH"


class OutOfRangeError(DomainError):
    """What was asked for lies before or after all there is."""

    reason = "OUT_OF_RANGE"


class AlreadyExistsError(DomainError):
    """Something with this unique value exists already."""

    reason = "ALREADY_EXISTS"


class ExhaustedError(DomainError):
    """A limit or a buffer is full; the same request may succeed after `retry_after_seconds`."""

    reason = "RESOURCE_EXHAUSTED"

    def __init__(self, message: str, *, retry_after_seconds: float, **metadata: object) -> None:
        super().__init__(message, **metadata)
        self.retry_after_seconds = retry_after_seconds


class TemporaryError(DomainError):
    """Something we depend on is slow or down; nothing was done, and a repeat may succeed."""

    reason = "TEMPORARILY_UNAVAILABLE"

    def __init__(
        self, message: str, *, retry_after_seconds: float | None = None, **metadata: object
    ) -> None:
        super().__init__(message, **metadata)
        self.retry_after_seconds = retry_after_seconds


class HeldBackError(TemporaryError):
    """We made no call to an outside service, for its sake or ours: nothing left the house.

    `cause` says why in a word, `rate_limited` or `breaker_open`: a task waits under that reason.
    """

    reason = "HELD_BACK"

    def __init__(
        self, message: str, *, cause: str, retry_after_seconds: float, **metadata: object
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, cause=cause, **metadata)
        self.cause = cause
        self.wait_seconds = retry_after_seconds


class UnknownOutcomeError(DomainError):
    """A write to the outside was sent and its answer lost: look it up before sending again."""

    reason = "UNKNOWN_OUTCOME"
