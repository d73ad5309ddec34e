"""What queued work needs from outside: a ledger for workers, for the keeper, and for readers."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from domain.commands import CommandContext
from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.dead_tasks import DeadTaskFilter, DeadTaskGroup
from domain.operations.settlement import Settlement
from domain.operations.task import ReadyTask, Task, TaskState
from domain.operations.task_type import Tier
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


class TaskLedger(Protocol):
    """The ledger as a worker uses it. Every method raises TemporaryError when it is out of reach.

    Its own clock decides about leases.
    """

    async def exchange(
        self, settlements: Sequence[Settlement], tickets: Sequence[Ticket]
    ) -> Sequence[ClaimedTask]:
        """Give tasks back and take others, in one transaction; return those now held.

        A settlement counts only while its claim is the task's newest and the task is running:
        otherwise it is ignored, whether the lease was lost or a use case completed the task. A
        ticket is ignored unless its task is ready, not past its deadline and not of a paused
        queue, and unless it runs alone if it has to.
        """
        ...

    async def renew(self, held: Sequence[ClaimedTask]) -> frozenset[TaskId]:
        """Prolong the leases; return the tasks that somebody else has or may take.

        A lease that ran out without anybody noticing is prolonged too. A task that a use case has
        completed is not reported as lost.
        """
        ...

    async def release_parked(self, types: Collection[str]) -> int:
        """Make tasks ready that were parked for want of a handler; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class TaskToPush:
    """A ready task that goes into the broker."""

    task: ReadyTask
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Reaped:
    """Tasks whose lease had run out: what goes on, and what died of too many crashes."""

    to_push: Sequence[TaskToPush]
    dead: Sequence[ReadyTask]


class TaskKeeping(Protocol):
    """The ledger as the keeper uses it; several keepers may at once. Paused queues rest.

    Every method raises TemporaryError when the ledger is out of reach.
    """

    async def make_due_ready(self, limit: int) -> int:
        """Make scheduled and parked tasks ready whose time has come; return how many."""
        ...

    async def take_unpushed(
        self, tier: Tier, limit: int, *, spared_seconds: float = 0.0
    ) -> Sequence[TaskToPush]:
        """Mark ready tasks as pushed and return them in the order in which they should run.

        That is by priority, then in turns between organisations, then by age; what an organisation
        has in the broker already is turns it has had. Tasks that were dispatched less than so many
        seconds ago are left to whoever dispatched them.
        """
        ...

    async def take_forgotten(
        self, tier: Tier, *, older_than_seconds: float, limit: int
    ) -> Sequence[TaskToPush]:
        """Mark tasks as pushed again which were pushed that long ago and are still ready."""
        ...

    async def return_unpushed(self, tasks: Sequence[TaskToPush]) -> None:
        """Take the mark away again: the broker did not get them."""
        ...

    async def withdraw_paused(self) -> int:
        """Take the mark away from ready tasks of paused queues, some at a time; return how many.

        Whatever message the broker has for them, no worker gets them.
        """
        ...

    async def forget_pushes(self) -> int:
        """Take the mark away from every ready task: the broker lost what it had."""
        ...

    async def reap(self, limit: int) -> Reaped:
        """Take tasks from workers whose lease ran out and mark those that go on as pushed."""
        ...

    async def expire(self, limit: int) -> Sequence[ReadyTask]:
        """Make waiting tasks dead whose deadline has passed, and return them."""
        ...


class TaskQueues(Protocol):
    """The broker, which may forget; every method raises TemporaryError when it is out of reach."""

    async def length(self, tier: Tier) -> int:
        """Return how many tasks of a tier wait in it for a worker."""
        ...

    async def push(self, tasks: Sequence[TaskToPush]) -> None:
        """Put tasks in; a task may be put in twice."""
        ...

    async def has_forgotten(self) -> bool:
        """Tell whether it lost everything since it was last asked, by whomever."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks a list holds; empty means any."""

    states: frozenset[TaskState] = field(default_factory=frozenset)
    type: str | None = None


class TaskStore(Protocol):
    """The ledger as its organisations read it, finished tasks included."""

    async def get(self, organization_id: OrganizationId, task_id: TaskId) -> Task:
        """Return the task; raise NotFoundError."""
        ...

    async def list(
        self, organization_id: OrganizationId, task_filter: TaskFilter, page: PageRequest
    ) -> Page[Task]:
        """Return tasks, the newest first."""
        ...


class DeadTaskTransaction(CommandTransaction, Protocol):
    """One decision on dead tasks of an organisation."""

    async def pick(self, task_ids: Sequence[TaskId]) -> Sequence[TaskId]:
        """Lock the tasks and return them; raise NotFoundError or TaskNotDeadError."""
        ...

    async def pick_matching(self, wanted: DeadTaskFilter, limit: int) -> Sequence[TaskId]:
        """Lock dead tasks, the oldest first, and return them; skip what others decide on."""
        ...

    async def retry(self, task_ids: Sequence[TaskId], *, per_second: int) -> None:
        """Make locked tasks ready with fresh attempts, one after another in this order.

        The first waits for those of an earlier retry. A task that crashed keeps running alone.
        """
        ...

    async def discard(self, task_ids: Sequence[TaskId]) -> None:
        """Make locked tasks discarded."""
        ...

    async def batch_size(self, batch_id: UUID) -> int:
        """Return the `size` that an earlier command noted in its audit of a batch."""
        ...


class DeadTaskStore(Protocol):
    """The dead tasks of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[DeadTaskTransaction]:
        """Open a command's transaction, which commits when the block ends without an error."""
        ...

    async def list_dead(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter, page: PageRequest
    ) -> Page[Task]:
        """Return dead tasks, the newest first."""
        ...

    async def groups(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter
    ) -> Sequence[DeadTaskGroup]:
        """Return dead tasks by type and error, the largest groups first, at most MOST_GROUPS."""
        ...


class TaskTransaction(CommandTransaction, Protocol):
    """One command on a task of an organisation."""

    async def task(self, task_id: TaskId) -> Task:
        """Return the task, locked until the transaction ends; raise NotFoundError."""
        ...

    async def cancel(self, task_id: TaskId) -> None:
        """Make a locked task cancelled."""
        ...


class TaskCommands(Protocol):
    """The tasks of all organisations as commands change them."""

    def transaction(self, context: CommandContext) -> AbstractAsyncContextManager[TaskTransaction]:
        """Open a command's transaction, which commits when the block ends without an error."""
        ...
