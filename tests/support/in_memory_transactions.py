"""A transaction in memory that keeps the promises of a real one: all of it or nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from domain.commands import CommandContext, RequestIdReusedError, fingerprint
from domain.identifiers import OrganizationId, TaskId
from domain.transactions import Event, JsonScalar, NewTask


@dataclass
class Ledger:
    """What all commands of a store wrote beside their own rows."""

    claims: dict[tuple[UUID, UUID], tuple[bytes, UUID]] = field(default_factory=dict)
    audits: list[tuple[str, UUID]] = field(default_factory=list)
    events: list[tuple[OrganizationId, str, Event]] = field(default_factory=list)
    tasks: dict[tuple[UUID, str, str], NewTask] = field(default_factory=dict)
    finished_tasks: list[TaskId] = field(default_factory=list)


class InMemoryTransaction:
    """The domain's CommandTransaction; everything lands in the ledger at the commit."""

    def __init__(self, ledger: Ledger, context: CommandContext) -> None:
        self._ledger = ledger
        self._context = context
        self._commits: list[Callable[[], None]] = []

    async def claim(self, command: object, target: UUID) -> UUID | None:
        request_id = self._context.request_id
        if request_id is None:
            return None
        key = (self._context.organization_id, request_id)
        known = self._ledger.claims.get(key)
        if known is None:
            self.on_commit(
                lambda: self._ledger.claims.__setitem__(key, (fingerprint(command), target))
            )
            return None
        if known[0] != fingerprint(command):
            raise RequestIdReusedError
        return known[1]

    def audit(self, action: str, subject_id: UUID, **details: JsonScalar) -> None:
        self.on_commit(lambda: self._ledger.audits.append((action, subject_id)))

    def publish(self, event: Event) -> None:
        entry = (self._context.organization_id, self._context.actor.subject, event)
        self.on_commit(lambda: self._ledger.events.append(entry))

    def dispatch(self, task: NewTask) -> None:
        key = (self._context.organization_id, task.type, task.idempotency_key)
        if key not in self._ledger.tasks:
            self.on_commit(lambda: self._ledger.tasks.__setitem__(key, task))

    def finish_task(self) -> None:
        claim = self._context.task
        if claim is not None:
            self.on_commit(lambda: self._ledger.finished_tasks.append(claim.task_id))

    def on_commit(self, write: Callable[[], None]) -> None:
        """Keep a write for the commit."""
        self._commits.append(write)

    def commit(self) -> None:
        for write in self._commits:
            write()


Transaction = TypeVar("Transaction", bound=InMemoryTransaction)


@asynccontextmanager
async def committing(transaction: Transaction) -> AsyncIterator[Transaction]:
    """Commit when the block ends; an error in it leaves nothing behind."""
    yield transaction
    transaction.commit()
