"""What every command's transaction offers: all of it commits together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

JsonScalar = str | int | float | bool | None
Payload = Mapping[str, JsonScalar | Mapping[str, JsonScalar]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a resource, numbered per organisation when it commits."""

    type: str
    """The past tense, e.g. `job_assigned`."""
    subject_id: UUID
    occurred_at: datetime
    details: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Work to be done after the commit; what each type means stands in `domain.operations`."""

    type: str
    payload: Payload
    idempotency_key: str
    """Unique per organisation and type: a repeat is the same task, not another."""
    priority: int = 0
    """Higher runs first."""
    run_at: datetime | None = None
    """Not before this time; None means at once."""


class CommandTransaction(Protocol):
    """One command's transaction, opened for one organisation and actor."""

    async def claim(self, command: object, target: UUID) -> UUID | None:
        """Record the caller's request id; return the first target if it was done before.

        Returns None when the command is new (or carries no request id) and must be carried out.
        Raises `RequestIdReusedError` when the id came with another command before.
        """
        ...

    def audit(self, action: str, subject_id: UUID, **details: JsonScalar) -> None:
        """Note who did what to which resource; personal data by reference only."""
        ...

    def publish(self, event: Event) -> None:
        """Add an event to the organisation's numbered feed."""
        ...

    def dispatch(self, task: NewTask) -> None:
        """Have a task run after the commit, once for its idempotency key.

        The commit raises `InvalidInputError` if the key was used with another payload.
        """
        ...

    def finish_task(self) -> None:
        """Complete the task that runs this command in this very transaction, if one does.

        The commit raises `LeaseLostError` (and commits nothing) if the worker lost the task.
        """
        ...
