"""What every task ledger owes its workers, its keeper and its readers."""

import itertools
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import CRASH_LIMIT, ClaimedTask, Ticket
from domain.operations.ports import TaskFilter, TaskKeeping, TaskLedger, TaskStore, TaskToPush
from domain.operations.settlement import Settlement, done, failed, returned, without_handler
from domain.operations.task import AttemptOutcome, ParkTask, ReadyTask, Task, TaskState
from domain.operations.task_type import TaskType, Tier
from domain.pages import PageRequest
from tests.support.builders import an_organization_id
from tests.support.clocks import id_at
from tests.support.task_types import CHORE, IMPATIENT, LONG, NOTE, ORPHAN

LEASE_SECONDS = 6.0
_STEPS = (timedelta(milliseconds=number) for number in itertools.count())


def an_old_organization_id() -> OrganizationId:
    """Return an organisation that is older than the tasks here: lists look no further back."""
    return OrganizationId(id_at(datetime.now(UTC) - timedelta(hours=1)))


class TaskLedgerContract(ABC):
    """Subclasses give one ledger in its three roles, and a way to let time pass for it."""

    ledger: TaskLedger
    keeping: TaskKeeping
    store: TaskStore

    @abstractmethod
    async def put(
        self,
        organization_id: OrganizationId,
        task_id: TaskId,
        kind: TaskType,
        *,
        priority: int,
        delay_seconds: float,
        deadline_seconds: float | None = None,
    ) -> None:
        """Store a task that nobody has pushed yet."""

    @abstractmethod
    async def let_pass(self, seconds: float) -> None:
        """Make everything that happened so far have happened so much earlier."""

    @abstractmethod
    async def finish_with_its_effect(self, task: ClaimedTask) -> None:
        """Complete a task as a use case does, in a transaction of its own."""

    async def added(
        self,
        kind: TaskType = NOTE,
        *,
        organization_id: OrganizationId | None = None,
        priority: int = 0,
        delay_seconds: float = 0.0,
        deadline_seconds: float | None = None,
    ) -> ReadyTask:
        owner = organization_id or an_old_organization_id()
        born_at = datetime.now(UTC) - timedelta(minutes=1) + next(_STEPS)
        task_id = TaskId(id_at(born_at))
        await self.put(
            owner,
            task_id,
            kind,
            priority=priority,
            delay_seconds=delay_seconds,
            deadline_seconds=deadline_seconds,
        )
        return ReadyTask(owner, task_id, kind.name, kind.tier)

    async def claim(self, task: ReadyTask, *, is_alone: bool = False) -> ClaimedTask | None:
        ticket = Ticket(task.organization_id, task.task_id, is_alone)
        claimed = await self.ledger.exchange([], [ticket])
        return claimed[0] if claimed else None

    async def claimed(self, kind: TaskType = NOTE) -> ClaimedTask:
        task = await self.claim(await self.added(kind))
        assert task is not None
        return task

    async def settle(self, settlement: Settlement) -> None:
        await self.ledger.exchange([settlement], [])

    async def read(self, task: ReadyTask | ClaimedTask) -> Task:
        task_id = task.id if isinstance(task, ClaimedTask) else task.task_id
        return await self.store.get(task.organization_id, task_id)

    async def crash(self, task: ReadyTask) -> None:
        claimed = await self.claim(task, is_alone=True)
        assert claimed is not None
        await self.let_pass(LEASE_SECONDS + 1)
        await self.keeping.reap(10)

    async def test_a_ready_task_is_claimed_by_one_of_many(self) -> None:
        task = await self.added()

        claims = [await self.claim(task) for _ in range(3)]

        assert [claim is not None for claim in claims] == [True, False, False]

    async def test_a_claim_brings_what_the_attempt_needs(self) -> None:
        task = await self.added()

        claimed = await self.claim(task)

        assert claimed is not None
        assert (claimed.attempt, claimed.crashes, claimed.type) == (1, 0, NOTE.name)
        assert claimed.payload == {"note": str(task.task_id)}
        assert (await self.read(task)).state is TaskState.RUNNING

    async def test_a_group_of_claims_and_settlements_is_dealt_with_at_once(self) -> None:
        first, second = await self.claimed(), await self.claimed()
        wanted = [await self.added() for _ in range(3)]

        claimed = await self.ledger.exchange(
            [done(first), returned(second)],
            [Ticket(task.organization_id, task.task_id) for task in wanted],
        )

        assert {task.id for task in claimed} == {task.task_id for task in wanted}
        assert (await self.read(first)).state is TaskState.DONE
        assert (await self.read(second)).state is TaskState.READY

    async def test_a_ticket_for_what_does_not_exist_is_ignored(self) -> None:
        stranger = replace(await self.added(), organization_id=an_organization_id())

        assert await self.claim(stranger) is None

    async def test_a_done_task_shows_its_attempt(self) -> None:
        task = await self.claimed()

        await self.settle(done(task))

        finished = await self.read(task)
        assert finished.finished_at is not None
        assert [(item.attempt, item.outcome) for item in finished.attempts] == [
            (1, AttemptOutcome.DONE)
        ]

    async def test_a_failed_task_waits_and_keeps_its_error(self) -> None:
        task = await self.claimed(IMPATIENT)

        await self.settle(failed(task, IMPATIENT, TemporaryError("busy"), jitter=0.9))

        waiting = await self.read(task)
        assert (waiting.state, waiting.attempt) == (TaskState.SCHEDULED, 1)
        assert waiting.attempts[0].error == "TEMPORARILY_UNAVAILABLE: busy"

    async def test_a_task_that_fails_too_often_is_dead_with_every_error(self) -> None:
        task = await self.added(IMPATIENT)
        for text in ("first", "second"):
            claimed = await self.claim(task)
            assert claimed is not None
            await self.settle(failed(claimed, IMPATIENT, ValueError(text), jitter=0.5))
            await self.let_pass(1)
            await self.keeping.make_due_ready(10)

        dead = await self.read(task)

        assert (dead.state, dead.attempt) == (TaskState.DEAD, 2)
        assert [item.error for item in dead.attempts] == ["ValueError: first", "ValueError: second"]

    async def test_parking_costs_no_attempt_and_is_recorded_once(self) -> None:
        task = await self.added()
        for _ in range(3):
            claimed = await self.claim(task)
            assert claimed is not None
            await self.settle(failed(claimed, NOTE, ParkTask(30, "breaker_open"), jitter=0.5))
            parked = await self.read(task)
            await self.let_pass(31)
            await self.keeping.make_due_ready(10)

        assert (parked.state, parked.attempt) == (TaskState.PARKED, 0)
        assert parked.parked_reason == "breaker_open"
        assert [item.outcome for item in parked.attempts] == [AttemptOutcome.PARKED]
        assert (await self.read(task)).parked_reason is None

    async def test_a_returned_task_is_ready_and_has_lost_no_attempt(self) -> None:
        task = await self.claimed()

        await self.settle(returned(task))

        ready = await self.read(task)
        assert (ready.state, ready.attempt, ready.attempts) == (TaskState.READY, 0, ())

    async def test_a_worker_that_lost_its_task_cannot_complete_it(self) -> None:
        task = await self.claimed()
        await self.let_pass(LEASE_SECONDS + 1)
        reaped = await self.keeping.reap(10)
        again = await self.claim(reaped.to_push[0].task)
        assert again is not None

        await self.settle(done(task))

        assert (await self.read(task)).state is TaskState.RUNNING
        await self.settle(done(again))
        assert (await self.read(task)).state is TaskState.DONE

    async def test_settling_what_a_use_case_has_completed_changes_nothing(self) -> None:
        task = await self.claimed()
        await self.finish_with_its_effect(task)

        await self.settle(failed(task, NOTE, ValueError("too late"), jitter=0.5))

        finished = await self.read(task)
        assert finished.state is TaskState.DONE
        assert [item.outcome for item in finished.attempts] == [AttemptOutcome.DONE]

    async def test_a_renewed_lease_does_not_run_out(self) -> None:
        task = await self.claimed()
        await self.let_pass(LEASE_SECONDS - 1)

        lost = await self.ledger.renew([task])

        await self.let_pass(LEASE_SECONDS - 1)
        reaped = await self.keeping.reap(10)
        assert (lost, reaped.to_push) == (frozenset(), [])

    async def test_renewing_tells_which_tasks_are_lost(self) -> None:
        lost, finished, kept = await self.claimed(), await self.claimed(), await self.claimed()
        await self.let_pass(LEASE_SECONDS + 1)
        await self.ledger.renew([kept, finished])
        await self.keeping.reap(10)
        await self.finish_with_its_effect(finished)

        assert await self.ledger.renew([lost, finished, kept]) == {lost.id}

    async def test_a_crash_is_recorded_and_the_task_is_pushed_again_at_once(self) -> None:
        task = await self.added()

        await self.crash(task)

        ready = await self.read(task)
        assert ready.state is TaskState.READY
        assert [item.outcome for item in ready.attempts] == [AttemptOutcome.LEASE_LOST]
        assert await self.keeping.take_unpushed(Tier.REALTIME, 10) == []

    async def test_a_task_that_crashed_twice_is_run_alone_or_not_at_all(self) -> None:
        task = await self.added()
        await self.crash(task)
        await self.crash(task)

        beside_others = await self.claim(task)
        alone = await self.claim(task, is_alone=True)

        assert beside_others is None
        assert alone is not None

    async def test_a_task_that_crashed_too_often_is_dead(self) -> None:
        task = await self.added()

        for _ in range(CRASH_LIMIT):
            await self.crash(task)

        dead = await self.read(task)
        assert (dead.state, len(dead.attempts)) == (TaskState.DEAD, CRASH_LIMIT)
        assert await self.claim(task, is_alone=True) is None

    async def test_a_task_without_a_handler_waits_visibly_until_there_is_one(self) -> None:
        task = await self.claimed(ORPHAN)
        await self.settle(without_handler(task))
        waiting = await self.read(task)

        released = await self.ledger.release_parked([ORPHAN.name])

        assert (waiting.state, waiting.parked_reason) == (TaskState.PARKED, "no_handler")
        assert released == 1
        assert (await self.read(task)).state is TaskState.READY

    async def test_tasks_parked_by_a_provider_are_not_released_early(self) -> None:
        task = await self.claimed()
        await self.settle(failed(task, NOTE, ParkTask(30, "rate_limited"), jitter=0.5))

        assert await self.ledger.release_parked([NOTE.name]) == 0

    async def test_a_delayed_task_becomes_ready_when_its_time_comes(self) -> None:
        task = await self.added(delay_seconds=30)

        too_early = await self.keeping.make_due_ready(10)
        await self.let_pass(31)
        due = await self.keeping.make_due_ready(10)

        assert (too_early, due) == (0, 1)
        assert (await self.read(task)).state is TaskState.READY

    async def test_unpushed_tasks_are_taken_once_the_most_urgent_first(self) -> None:
        later = await self.added()
        urgent = await self.added(priority=5)
        await self.added(CHORE)

        taken = await self.keeping.take_unpushed(Tier.REALTIME, 10)

        assert [item.task for item in taken] == [urgent, later]
        assert await self.keeping.take_unpushed(Tier.REALTIME, 10) == []

    async def test_no_more_tasks_are_taken_than_there_is_room_for(self) -> None:
        for _ in range(3):
            await self.added(LONG)

        first = await self.keeping.take_unpushed(Tier.BATCH, 2)
        rest = await self.keeping.take_unpushed(Tier.BATCH, 2)

        assert (len(first), len(rest)) == (2, 1)

    async def test_what_the_broker_did_not_take_is_taken_again(self) -> None:
        await self.added()
        taken = await self.keeping.take_unpushed(Tier.REALTIME, 10)

        await self.keeping.return_unpushed(taken)

        assert await self.keeping.take_unpushed(Tier.REALTIME, 10) == taken

    async def test_what_was_pushed_long_ago_and_is_still_ready_is_taken_again(self) -> None:
        task = await self.added()
        await self.keeping.take_unpushed(Tier.REALTIME, 10)

        too_early = await self._forgotten()
        await self.let_pass(10)
        forgotten = await self._forgotten()

        assert too_early == []
        assert [item.task for item in forgotten] == [task]
        assert await self._forgotten() == []

    async def test_after_a_wipe_everything_ready_is_unpushed(self) -> None:
        waiting, running = await self.added(), await self.added()
        await self.keeping.take_unpushed(Tier.REALTIME, 10)
        await self.claim(running)

        forgotten = await self.keeping.forget_pushes()

        unpushed = await self.keeping.take_unpushed(Tier.REALTIME, 10)
        assert forgotten == 1
        assert [item.task for item in unpushed] == [waiting]

    async def test_another_organisation_has_no_such_task(self) -> None:
        task = await self.added()

        with pytest.raises(NotFoundError) as refusal:
            await self.store.get(an_organization_id(), task.task_id)

        assert refusal.value.reason == "TASK_NOT_FOUND"

    async def test_a_running_task_shows_the_attempt_that_has_not_ended(self) -> None:
        task = await self.claimed()

        running = await self.read(task)

        assert [(item.attempt, item.outcome) for item in running.attempts] == [(1, None)]

    async def test_a_list_shows_an_organisations_tasks_newest_first(self) -> None:
        organization_id = an_old_organization_id()
        await self.added()
        oldest, middle, newest = [
            await self.added(organization_id=organization_id) for _ in range(3)
        ]

        first = await self.store.list(organization_id, TaskFilter(), PageRequest(size=2))
        rest = await self.store.list(
            organization_id, TaskFilter(), PageRequest(size=2, after=first.next_after)
        )

        assert [task.id for task in first.items] == [newest.task_id, middle.task_id]
        assert [task.id for task in rest.items] == [oldest.task_id]
        assert rest.next_after is None

    async def test_a_list_shows_only_what_is_asked_for(self) -> None:
        organization_id = an_old_organization_id()
        note = await self.added(organization_id=organization_id)
        chore = await self.added(CHORE, organization_id=organization_id)
        await self.claim(chore)

        by_type = await self._listed(organization_id, TaskFilter(type=NOTE.name))
        by_state = await self._listed(
            organization_id, TaskFilter(states=frozenset({TaskState.RUNNING}))
        )

        assert by_type == [note.task_id]
        assert by_state == [chore.task_id]

    async def _forgotten(self) -> list[TaskToPush]:
        return list(
            await self.keeping.take_forgotten(Tier.REALTIME, older_than_seconds=5, limit=10)
        )

    async def _listed(self, organization_id: OrganizationId, wanted: TaskFilter) -> list[TaskId]:
        page = await self.store.list(organization_id, wanted, PageRequest())
        return [task.id for task in page.items]
