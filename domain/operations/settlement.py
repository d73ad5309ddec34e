"""What becomes of a task after an attempt: done, again later, or dead."""

from dataclasses import dataclass

from domain.errors import (
    DomainError,
    ExhaustedError,
    HeldBackError,
    TemporaryError,
    UnknownOutcomeError,
)
from domain.operations.claim import ClaimedTask
from domain.operations.error_fingerprint import error_fingerprint
from domain.operations.task import AttemptOutcome, ParkTask, TaskState
from domain.operations.task_type import TaskType

LONGEST_BACKOFF_SECONDS = 900.0
NO_HANDLER_PARK_SECONDS = 60.0
"""How long a task waits that this build cannot run; a build that can asks for it at once."""
LONGEST_ERROR = 1000

NO_HANDLER = "no_handler"
"""Why a task is parked whose type this build does not know, or knows without a handler."""
RATE_LIMITED = "rate_limited"
"""Why a task is parked that ran into a full limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a worker gives a claimed task back."""

    task: ClaimedTask
    state: TaskState
    outcome: AttemptOutcome | None = None
    """None leaves no record: the attempt was called off, not made."""
    delay_seconds: float = 0.0
    parked_reason: str | None = None
    error: str = ""

    @property
    def error_fingerprint(self) -> str | None:
        """What the task died of, if it did."""
        if self.state is not TaskState.DEAD:
            return None
        return error_fingerprint(self.task.type, self.error)

    @property
    def is_counted(self) -> bool:
        """Whether the attempt counts; parking and a worker that stops cost none."""
        return self.state not in {TaskState.PARKED, TaskState.READY}


def done(task: ClaimedTask) -> Settlement:
    return Settlement(task=task, state=TaskState.DONE, outcome=AttemptOutcome.DONE)


def returned(task: ClaimedTask) -> Settlement:
    """Give the task back unfinished, because the worker stops: another one takes it at once."""
    return Settlement(task=task, state=TaskState.READY)


def without_handler(task: ClaimedTask) -> Settlement:
    return Settlement(
        task=task,
        state=TaskState.PARKED,
        delay_seconds=NO_HANDLER_PARK_SECONDS,
        parked_reason=NO_HANDLER,
    )


def failed(task: ClaimedTask, kind: TaskType, error: BaseException, *, jitter: float) -> Settlement:
    """Decide after an error, as `workers.task_run` promises; jitter lies in [0, 1)."""
    if isinstance(error, ParkTask):
        return _parked(task, error, seconds=error.park_seconds, reason=error.parked_reason)
    if isinstance(error, ExhaustedError):
        return _parked(task, error, seconds=error.retry_after_seconds, reason=RATE_LIMITED)
    if isinstance(error, HeldBackError):
        return _parked(task, error, seconds=error.wait_seconds, reason=error.cause)
    if is_permanent(error) or task.failures >= task.max_attempts:
        return Settlement(
            task=task,
            state=TaskState.DEAD,
            outcome=AttemptOutcome.DEAD,
            error=describe(error),
        )
    return Settlement(
        task=task,
        state=TaskState.SCHEDULED,
        outcome=AttemptOutcome.RETRY,
        delay_seconds=max(
            longest_backoff_seconds(kind, task.failures) * jitter, _asked_for_seconds(error)
        ),
        error=describe(error),
    )


def _parked(task: ClaimedTask, error: DomainError, *, seconds: float, reason: str) -> Settlement:
    return Settlement(
        task=task,
        state=TaskState.PARKED,
        outcome=AttemptOutcome.PARKED,
        delay_seconds=seconds,
        parked_reason=reason,
        error=describe(error),
    )


def is_permanent(error: BaseException) -> bool:
    """Return whether a repeat cannot help: a refusal by a rule, not by circumstances."""
    return isinstance(error, DomainError) and not isinstance(
        error, TemporaryError | UnknownOutcomeError
    )


def longest_backoff_seconds(kind: TaskType, failures: int) -> float:
    """Return the bound of the delay after so many failures; the delay is drawn from 0 to it."""
    doublings = min(failures - 1, 32)
    return min(kind.first_backoff_seconds * (1 << doublings), LONGEST_BACKOFF_SECONDS)


def describe(error: BaseException) -> str:
    """Return an error for operators: its kind and, in few words, what it says."""
    kind = error.reason if isinstance(error, DomainError) else type(error).__name__
    # An error's text may come from anywhere; Postgres stores neither NUL nor halves of characters.
    text = f"{kind}: {error}".encode(errors="replace").decode().replace("\x00", "")
    return text[:LONGEST_ERROR]


def _asked_for_seconds(error: BaseException) -> float:
    if isinstance(error, TemporaryError) and error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return 0.0
