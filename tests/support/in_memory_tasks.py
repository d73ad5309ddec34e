"""The task ledger in memory: what workers, the keeper and readers see is one dictionary."""

from collections import Counter
from collections.abc import Collection, MutableSequence, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import OrganizationId, TaskId, birth_time
from domain.operations.claim import ALONE_AFTER_CRASHES, CRASH_LIMIT, ClaimedTask, Ticket
from domain.operations.error_fingerprint import DEADLINE_EXCEEDED, WORKER_LOST, error_fingerprint
from domain.operations.ports import Reaped, TaskFilter, TaskToPush
from domain.operations.settlement import NO_HANDLER, Settlement
from domain.operations.task import AttemptOutcome, ReadyTask, Task, TaskAttempt, TaskState
from domain.operations.task_type import TaskType, Tier
from domain.pages import Page, PageRequest

WAITING = frozenset({TaskState.READY, TaskState.SCHEDULED, TaskState.PARKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    task: Task
    crashes: int = 0
    fencing_token: int = 0
    started_at: datetime | None = None
    forgiven: int = 0
    lease_expires_at: datetime | None = None
    pushed_at: datetime | None = None
    time_to_deadline: timedelta | None = None

    def moved(self, state: TaskState) -> "Row":
        """Leave RUNNING, or whichever state it was; nobody holds or has pushed it now."""
        task = replace(self.task, state=state)
        return replace(self, task=task, lease_expires_at=None, pushed_at=None)


class InMemoryTasks:
    """The domain's TaskLedger, TaskKeeping and TaskStore at a time that a test sets."""

    def __init__(self, *, lease_seconds: float = 6.0) -> None:
        self.rows: dict[tuple[OrganizationId, TaskId], Row] = {}
        self.now = datetime.now(UTC)
        self.is_away = False
        self.payload_version = 1
        self.paused: set[str] = set()
        self._last_served = OrganizationId(UUID(int=0))
        self._lease = timedelta(seconds=lease_seconds)

    def add(
        self,
        organization_id: OrganizationId,
        task_id: TaskId,
        kind: TaskType,
        *,
        priority: int = 0,
        delay_seconds: float = 0.0,
        deadline_seconds: float | None = None,
    ) -> None:
        run_at = self._after(delay_seconds)
        worth = None if deadline_seconds is None else timedelta(seconds=deadline_seconds)
        self.rows[organization_id, task_id] = Row(
            task=Task(
                id=task_id,
                organization_id=organization_id,
                type=kind.name,
                tier=kind.tier,
                state=TaskState.SCHEDULED if delay_seconds > 0 else TaskState.READY,
                priority=priority,
                run_at=run_at,
                deadline=None if worth is None else run_at + worth,
                idempotency_key=str(task_id),
                payload={"note": str(task_id)},
                attempt=0,
                max_attempts=kind.max_attempts,
                attempts=(),
                parked_reason=None,
                created_at=birth_time(task_id),
                updated_at=self.now,
                finished_at=None,
            ),
            time_to_deadline=worth,
        )

    def finish(self, organization_id: OrganizationId, task_id: TaskId) -> None:
        """Do what a use case's transaction does."""
        row = self.rows[organization_id, task_id]
        self.put(self._recorded(row, AttemptOutcome.DONE, "").moved(TaskState.DONE))

    async def exchange(
        self, settlements: Sequence[Settlement], tickets: Sequence[Ticket]
    ) -> Sequence[ClaimedTask]:
        self._check_reachable()
        for settlement in settlements:
            self._settle(settlement)
        claimed = [self._claim(ticket) for ticket in tickets]
        return [task for task in claimed if task is not None]

    async def renew(self, held: Sequence[ClaimedTask]) -> frozenset[TaskId]:
        self._check_reachable()
        lost = set()
        for task in held:
            row = self.rows[task.organization_id, task.id]
            is_ours = row.fencing_token == task.fencing_token
            if is_ours and row.task.state is TaskState.RUNNING:
                self.put(replace(row, lease_expires_at=self.now + self._lease))
            elif not (is_ours and row.task.state is TaskState.DONE):
                lost.add(task.id)
        return frozenset(lost)

    async def release_parked(self, types: Collection[str]) -> int:
        self._check_reachable()
        released = [
            row
            for row in self.rows.values()
            if row.task.parked_reason == NO_HANDLER and row.task.type in types
        ]
        for row in released:
            self.put(self._ready(row))
        return len(released)

    async def make_due_ready(self, limit: int) -> int:
        self._check_reachable()
        due = [
            row
            for row in self.rows.values()
            if row.task.state in {TaskState.SCHEDULED, TaskState.PARKED}
            and row.task.run_at <= self.now
        ][:limit]
        for row in due:
            self.put(self._ready(row))
        return len(due)

    async def take_unpushed(
        self, tier: Tier, limit: int, *, spared_seconds: float = 0.0
    ) -> Sequence[TaskToPush]:
        self._check_reachable()
        settled = self._after(-spared_seconds)
        waiting = [
            row
            for row in self._ready_rows(tier)
            if row.pushed_at is None
            and row.task.run_at <= self.now
            and row.task.created_at < settled
            and not self._is_paused(row)
        ]
        return self._mark_pushed(self._in_turn(tier, waiting, limit))

    async def take_forgotten(
        self, tier: Tier, *, older_than_seconds: float, limit: int
    ) -> Sequence[TaskToPush]:
        self._check_reachable()
        before = self._after(-older_than_seconds)
        forgotten = [
            row
            for row in self._ready_rows(tier)
            if row.pushed_at and row.pushed_at < before and not self._is_paused(row)
        ]
        return self._mark_pushed(forgotten[:limit])

    async def return_unpushed(self, tasks: Sequence[TaskToPush]) -> None:
        self._check_reachable()
        for item in tasks:
            row = self.rows[item.task.organization_id, item.task.task_id]
            self.put(replace(row, pushed_at=None))

    async def withdraw_paused(self) -> int:
        self._check_reachable()
        paused = [row for row in self.rows.values() if row.pushed_at and self._is_paused(row)]
        for row in paused:
            self.put(replace(row, pushed_at=None))
        return len(paused)

    async def forget_pushes(self) -> int:
        self._check_reachable()
        pushed = [row for tier in Tier for row in self._ready_rows(tier) if row.pushed_at]
        for row in pushed:
            self.put(replace(row, pushed_at=None))
        return len(pushed)

    async def reap(self, limit: int) -> Reaped:
        self._check_reachable()
        expired = [
            row
            for row in self.rows.values()
            if row.lease_expires_at is not None and row.lease_expires_at < self.now
        ][:limit]
        to_push: MutableSequence[TaskToPush] = []
        dead: MutableSequence[ReadyTask] = []
        for row in expired:
            crashed = replace(
                self._recorded(row, AttemptOutcome.LEASE_LOST, WORKER_LOST),
                crashes=row.crashes + 1,
            )
            if crashed.crashes >= CRASH_LIMIT:
                cause = error_fingerprint(row.task.type, WORKER_LOST)
                self.put(self._finished(_died_of(crashed.moved(TaskState.DEAD), cause)))
                dead.append(_ready_task(crashed))
            else:
                to_push.extend(self._mark_pushed([crashed.moved(TaskState.READY)]))
        return Reaped(to_push=to_push, dead=dead)

    async def expire(self, limit: int) -> Sequence[ReadyTask]:
        self._check_reachable()
        expired = [
            row
            for row in self.rows.values()
            if row.task.state in WAITING and row.task.deadline and row.task.deadline <= self.now
        ][:limit]
        for row in expired:
            tried = self._recorded(
                replace(row, started_at=self.now), AttemptOutcome.DEAD, DEADLINE_EXCEEDED
            )
            cause = error_fingerprint(row.task.type, DEADLINE_EXCEEDED)
            dead = _died_of(tried.moved(TaskState.DEAD), cause)
            self.put(self._finished(replace(dead, task=replace(dead.task, parked_reason=None))))
        return [_ready_task(row) for row in expired]

    async def get(self, organization_id: OrganizationId, task_id: TaskId) -> Task:
        row = self.rows.get((organization_id, task_id))
        if row is None:
            raise NotFoundError("task", task_id)
        if row.task.state is TaskState.RUNNING and row.started_at:
            running = TaskAttempt(attempt=row.task.attempt, started_at=row.started_at)
            return replace(row.task, attempts=(*row.task.attempts, running))
        return row.task

    async def list(
        self, organization_id: OrganizationId, wanted: TaskFilter, page: PageRequest
    ) -> Page[Task]:
        found = sorted(
            (
                task
                for task in [await self.get(*key) for key in self.rows if key[0] == organization_id]
                if (not wanted.states or task.state in wanted.states)
                and wanted.type in {None, task.type}
                and (page.after is None or task.id < page.after)
            ),
            key=lambda task: task.id,
            reverse=True,
        )
        items = tuple(found[: page.size])
        return Page(items, items[-1].id if len(found) > page.size else None)

    def _is_paused(self, row: Row) -> bool:
        return not self.paused.isdisjoint({row.task.tier.value, row.task.type})

    def _check_reachable(self) -> None:
        if self.is_away:
            raise TemporaryError("The ledger is away.")

    def _settle(self, settlement: Settlement) -> None:
        claimed = settlement.task
        row = self.rows[claimed.organization_id, claimed.id]
        is_held = row.fencing_token == claimed.fencing_token
        if not is_held or row.task.state is not TaskState.RUNNING:
            return
        if settlement.outcome is not None:
            row = self._recorded(row, settlement.outcome, settlement.error)
        row = row.moved(settlement.state)
        task = replace(
            row.task,
            attempt=row.task.attempt - (0 if settlement.is_counted else 1),
            parked_reason=settlement.parked_reason,
            error_fingerprint=settlement.error_fingerprint,
        )
        if settlement.state in {TaskState.SCHEDULED, TaskState.PARKED}:
            task = replace(task, run_at=self._after(settlement.delay_seconds))
        row = replace(row, task=task)
        self.put(self._finished(row) if task.state in {TaskState.DONE, TaskState.DEAD} else row)

    def _claim(self, ticket: Ticket) -> ClaimedTask | None:
        row = self.rows.get((ticket.organization_id, ticket.task_id))
        if row is None or row.task.state is not TaskState.READY:
            return None
        if row.crashes >= ALONE_AFTER_CRASHES and not ticket.is_alone:
            return None
        is_late = row.task.deadline is not None and row.task.deadline <= self.now
        if is_late or self._is_paused(row):
            return None
        task = replace(row.task, state=TaskState.RUNNING, attempt=row.task.attempt + 1)
        row = replace(
            row,
            task=replace(task, parked_reason=None),
            fencing_token=row.fencing_token + 1,
            started_at=self.now,
            lease_expires_at=self.now + self._lease,
        )
        self.put(row)
        return ClaimedTask(
            organization_id=task.organization_id,
            id=task.id,
            type=task.type,
            payload=task.payload,
            attempt=task.attempt,
            max_attempts=task.max_attempts,
            crashes=row.crashes,
            forgiven=row.forgiven,
            fencing_token=row.fencing_token,
            correlation_id="test",
            traceparent=None,
            run_at=task.run_at,
            started_at=self.now,
            deadline=task.deadline,
            payload_version=self.payload_version,
        )

    def _ready(self, row: Row) -> Row:
        ready = row.moved(TaskState.READY)
        return replace(ready, task=replace(ready.task, parked_reason=None))

    def _finished(self, row: Row) -> Row:
        return replace(row, task=replace(row.task, finished_at=self.now))

    def _recorded(self, row: Row, outcome: AttemptOutcome, error: str) -> Row:
        kept = row.task.attempts
        is_repeat = outcome is AttemptOutcome.PARKED and kept and kept[-1].outcome is outcome
        attempt = TaskAttempt(
            attempt=row.task.attempt,
            started_at=row.started_at or self.now,
            ended_at=self.now,
            outcome=outcome,
            error=error,
        )
        attempts = (*(kept[:-1] if is_repeat else kept), attempt)
        return replace(row, task=replace(row.task, attempts=attempts))

    def _ready_rows(self, tier: Tier) -> Sequence[Row]:
        rows = [
            row
            for row in self.rows.values()
            if row.task.state is TaskState.READY and row.task.tier is tier
        ]
        return sorted(rows, key=lambda row: (-row.task.priority, row.task.run_at))

    def _in_turn(self, tier: Tier, waiting: Sequence[Row], limit: int) -> Sequence[Row]:
        """Choose by priority, turn and place in the circle; what is in the broker is turns."""
        pushed = [row for row in self._ready_rows(tier) if row.pushed_at]
        turns = Counter(row.task.organization_id for row in pushed)
        had = {priority: turns.copy() for priority in {row.task.priority for row in waiting}}
        turn_of = {}
        for row in waiting:
            task = row.task
            had[task.priority][task.organization_id] += 1
            turn_of[task.id] = (-task.priority, had[task.priority][task.organization_id])

        def place(row: Row) -> tuple[object, ...]:
            owner = row.task.organization_id
            return (*turn_of[row.task.id], owner <= self._last_served, owner, row.task.run_at)

        chosen = sorted(waiting, key=place)[:limit]
        if len(chosen) == limit:
            self._last_served = chosen[-1].task.organization_id
        return sorted(chosen, key=lambda row: (*turn_of[row.task.id], row.task.run_at))

    def _mark_pushed(self, rows: Sequence[Row]) -> Sequence[TaskToPush]:
        for row in rows:
            self.put(replace(row, pushed_at=self.now))
        return [
            TaskToPush(_ready_task(row), is_alone=row.crashes >= ALONE_AFTER_CRASHES)
            for row in rows
        ]

    def put(self, row: Row) -> None:
        """Store a row, changed now."""
        task = replace(row.task, updated_at=self.now)
        self.rows[task.organization_id, task.id] = replace(row, task=task)

    def _after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)


def _died_of(row: Row, cause: str) -> Row:
    return replace(row, task=replace(row.task, error_fingerprint=cause))


def _ready_task(row: Row) -> ReadyTask:
    task = row.task
    return ReadyTask(task.organization_id, task.id, task.type, task.tier)
