"""What a handler of tasks gets and how it answers.

A handler is any callable that takes one `TaskRun` and is awaited. It is at work exactly once at a
time for a task, but may be called again for it, so what it does must bear a repeat. It answers:

- returns: the task is done. A use case that calls `transaction.finish_task()` has completed it
  together with its effect, which is what makes the effect happen once;
- raises `ParkTask`, `ExhaustedError` or `HeldBackError`: again after that time, at the cost of no
  attempt;
- raises `TemporaryError` or `UnknownOutcomeError`: again after a backoff, until the attempts are
  spent; not before the error's `retry_after_seconds`;
- raises another `DomainError`: the task is dead at once, since a repeat cannot help;
- raises anything else: like a temporary error, for it may be a mistake that a release corrects.

An attempt that takes longer than its type's time limit, or than the task's deadline, is cancelled
and has failed. A handler lets `CancelledError` pass, after cleaning up within seconds: one that
does not end has its whole process replaced, and its task counts as crashed.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from domain.commands import CommandContext
from domain.errors import InvalidInputError
from domain.identifiers import OrganizationId
from domain.transactions import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One attempt at one task; `context` is what a use case wants, its claim included."""

    organization_id: OrganizationId
    type: str
    payload: Payload
    context: CommandContext

    def id_of(self, field: str) -> UUID:
        """Return the id in a field of the payload; raise InvalidInputError if there is none."""
        try:
            return UUID(str(self.payload[field]))
        except (KeyError, ValueError) as error:
            raise InvalidInputError(
                f"The field {field} of this task holds no id.", field=f"payload.{field}"
            ) from error


Handler: TypeAlias = Callable[[TaskRun], Awaitable[None]]
Handlers: TypeAlias = Mapping[str, Handler]
"""The handler of each type of task; a type without one waits for a build that has it."""
