"""Taking tasks: what a worker asks for, what it gets, and how long it may keep it."""

import math
from dataclasses import dataclass
from datetime import datetime

from domain.commands import TaskClaim
from domain.identifiers import OrganizationId, TaskId
from domain.transactions import Payload

CRASH_LIMIT = 3
"""A task whose worker died this often is dead: it may well be what kills them."""
ALONE_AFTER_CRASHES = CRASH_LIMIT - 1
"""From here on a task runs alone in its process, so that it takes no other down with it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a message says: run this task. A repeat of it, or a lie in it, does no harm."""

    organization_id: OrganizationId
    task_id: TaskId
    is_alone: bool = False
    """Whether the worker keeps all others out of its process while it runs this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedTask:
    """A task that this worker holds until its lease ends."""

    organization_id: OrganizationId
    id: TaskId
    type: str
    payload: Payload
    attempt: int
    max_attempts: int
    crashes: int
    forgiven: int = 0
    """How many attempts were made before somebody retried the dead task."""
    fencing_token: int
    correlation_id: str
    traceparent: str | None
    run_at: datetime
    started_at: datetime
    deadline: datetime | None = None
    payload_version: int = 1

    @property
    def failures(self) -> int:
        """How many attempts failed, should this one fail too: crashes are counted apart."""
        return self.attempt - self.crashes - self.forgiven

    @property
    def waited_seconds(self) -> float:
        """How long the task was ready before it was claimed."""
        return max(0.0, (self.started_at - self.run_at).total_seconds())

    @property
    def worth_seconds(self) -> float:
        """How long the attempt may go on before the task's deadline; without one, for ever."""
        if self.deadline is None:
            return math.inf
        return (self.deadline - self.started_at).total_seconds()

    @property
    def claim(self) -> TaskClaim:
        """The proof of the claim that a use case's transaction wants."""
        return TaskClaim(task_id=self.id, fencing_token=self.fencing_token, attempt=self.attempt)
