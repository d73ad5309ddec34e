"""A task: queued work that is never lost, its states and its attempts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import ConflictError, DomainError, PreconditionError, TemporaryError
from domain.identifiers import OrganizationId, TaskId
from domain.operations.task_type import Tier
from domain.transactions import Payload


class TaskState(StrEnum):
    """How far a task has come."""

    READY = "ready"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PARKED = "parked"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


NEXT_STATES: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.READY: frozenset({TaskState.RUNNING, TaskState.CANCELLED, TaskState.DEAD}),
    TaskState.SCHEDULED: frozenset({TaskState.READY, TaskState.CANCELLED, TaskState.DEAD}),
    TaskState.RUNNING: frozenset(
        {
            TaskState.DONE,
            TaskState.SCHEDULED,
            TaskState.PARKED,
            TaskState.DEAD,
            TaskState.READY,
        }
    ),
    TaskState.PARKED: frozenset({TaskState.READY, TaskState.CANCELLED, TaskState.DEAD}),
    TaskState.DEAD: frozenset({TaskState.READY, TaskState.DISCARDED}),
    TaskState.DONE: frozenset(),
    TaskState.CANCELLED: frozenset(),
    TaskState.DISCARDED: frozenset(),
}
"""Which state may follow which; from RUNNING back to READY goes a task whose worker stopped, and
to DEAD without running one whose deadline has passed."""


class AttemptOutcome(StrEnum):
    """How one try of a worker ended."""

    DONE = "done"
    RETRY = "retry"
    PARKED = "parked"
    DEAD = "dead"
    LEASE_LOST = "lease_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAttempt:
    """One try of a worker; without an end it is still running."""

    attempt: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as its organisation may see it."""

    id: TaskId
    organization_id: OrganizationId
    type: str
    tier: Tier
    state: TaskState
    priority: int
    run_at: datetime
    idempotency_key: str
    payload: Payload
    attempt: int
    max_attempts: int
    attempts: tuple[TaskAttempt, ...]
    parked_reason: str | None
    error_fingerprint: str | None = None
    """What it died of; tasks that died of the same have the same."""
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    deadline: datetime | None = None
    """After this it is not started any more."""

    def check_may_become(self, state: TaskState) -> None:
        """Raise TaskTransitionRefusedError unless the state may follow the task's."""
        if state not in NEXT_STATES[self.state]:
            raise TaskTransitionRefusedError(self.state, state)


@dataclass(frozen=True, slots=True)
class ReadyTask:
    """A task that may run at once, as whoever hands it to a worker needs to know it."""

    organization_id: OrganizationId
    task_id: TaskId
    type: str
    tier: Tier


class ParkTask(DomainError):  # noqa: N818 -- an order to the ledger, not a mistake
    """Raised by a handler: run this task again later, it costs no attempt.

    The reason is for operators and metrics: `rate_limited`, `breaker_open`, `retry_after`, …
    """

    reason = "TASK_PARKED"

    def __init__(self, park_seconds: float, parked_reason: str) -> None:
        super().__init__(
            f"This goes on in {park_seconds:g} s: {parked_reason}.", parked_reason=parked_reason
        )
        self.park_seconds = park_seconds
        self.parked_reason = parked_reason


class TimeLimitExceededError(TemporaryError):
    """The attempt took longer than its type allows, or than the task's deadline; it was stopped."""

    reason = "TIME_LIMIT_EXCEEDED"

    def __init__(self, limit_seconds: float) -> None:
        super().__init__(
            f"The attempt was stopped after {limit_seconds:g} s.", limit_seconds=limit_seconds
        )


class TaskTransitionRefusedError(PreconditionError):
    """The task has come too far for this, or not far enough."""

    reason = "TASK_TRANSITION_REFUSED"

    def __init__(self, current: TaskState, wanted: TaskState) -> None:
        super().__init__(
            f"A task that is {current} cannot become {wanted}.",
            current_state=current,
            wanted_state=wanted,
        )


class LeaseLostError(ConflictError):
    """The worker's lease on the task ran out and somebody else holds it now."""

    reason = "TASK_LEASE_LOST"

    def __init__(self, task_id: TaskId) -> None:
        super().__init__("The lease on this task was lost.", task_id=task_id)
