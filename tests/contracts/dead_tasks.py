"""What every task ledger owes those who decide on dead tasks."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.commands import RequestIdReusedError
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId, RequestId, TaskId
from domain.operations.claim import CRASH_LIMIT
from domain.operations.dead_tasks import (
    RETRIES_PER_SECOND,
    DeadTaskFilter,
    DeadTasks,
    TaskNotDeadError,
)
from domain.operations.error_fingerprint import WORKER_LOST, error_fingerprint
from domain.operations.ports import DeadTaskStore
from domain.operations.settlement import failed
from domain.operations.task import ReadyTask, TaskState
from domain.operations.task_type import TaskType, Tier
from domain.operations.use_cases.discard_dead_tasks import DiscardDeadTasks, discard_dead_tasks
from domain.operations.use_cases.retry_dead_tasks import RetryDeadTasks, retry_dead_tasks
from domain.pages import PageRequest
from tests.contracts.task_ledger import TaskLedgerContract, an_old_organization_id
from tests.support.builders import a_context
from tests.support.task_types import CHORE, IMPATIENT, NOTE

GAP = timedelta(seconds=1 / RETRIES_PER_SECOND)
EVERYTHING = DeadTaskFilter()


class DeadTaskContract(TaskLedgerContract):
    """Subclasses give the ledger's dead tasks beside its other roles."""

    dead_tasks: DeadTaskStore

    async def died(
        self,
        error: str = "broken",
        *,
        kind: TaskType = IMPATIENT,
        organization_id: OrganizationId | None = None,
    ) -> ReadyTask:
        task = await self.added(kind, organization_id=organization_id)
        await self.fail(task, kind, error)
        while (await self.read(task)).state is not TaskState.DEAD:
            await self.let_pass(3600)
            await self.keeping.make_due_ready(10)
            await self.fail(task, kind, error)
        return task

    async def fail(self, task: ReadyTask, kind: TaskType, error: str) -> None:
        claimed = await self.claim(task, is_alone=True)
        assert claimed is not None
        await self.settle(failed(claimed, kind, ValueError(error), jitter=0.5))

    async def retry(
        self,
        organization_id: OrganizationId,
        *task_ids: TaskId,
        request_id: RequestId | None = None,
        **particular: object,
    ) -> int:
        return await retry_dead_tasks(
            self.dead_tasks,
            Uuid7Source(),
            context=a_context(organization_id, request_id=request_id),
            command=RetryDeadTasks(tasks=DeadTasks(task_ids=task_ids, **particular)),  # type: ignore[arg-type]  # a test's own words
        )

    async def discard(self, organization_id: OrganizationId, *task_ids: TaskId) -> int:
        return await discard_dead_tasks(
            self.dead_tasks,
            Uuid7Source(),
            context=a_context(organization_id),
            command=DiscardDeadTasks(tasks=DeadTasks(task_ids=task_ids), reason="obsolete"),
        )

    async def listed_dead(
        self, organization_id: OrganizationId, wanted: DeadTaskFilter = EVERYTHING
    ) -> list[TaskId]:
        page = await self.dead_tasks.list_dead(organization_id, wanted, PageRequest())
        return [task.id for task in page.items]

    async def test_a_dead_task_says_what_it_died_of(self) -> None:
        task = await self.died("no answer from 10.0.0.7")

        dead = await self.read(task)

        cause = error_fingerprint(IMPATIENT.name, "ValueError: no answer from 10.0.0.9")
        assert dead.error_fingerprint == cause

    async def test_what_killed_its_workers_died_of_that(self) -> None:
        task = await self.added()

        for _ in range(CRASH_LIMIT):
            await self.crash(task)

        cause = error_fingerprint(NOTE.name, WORKER_LOST)
        assert (await self.read(task)).error_fingerprint == cause

    async def test_dead_tasks_are_listed_by_pages_the_newest_first(self) -> None:
        organization_id = an_old_organization_id()
        await self.added(organization_id=organization_id)
        await self.died()
        oldest, middle, newest = [
            await self.died(organization_id=organization_id) for _ in range(3)
        ]

        first = await self.dead_tasks.list_dead(organization_id, EVERYTHING, PageRequest(size=2))
        rest = await self.dead_tasks.list_dead(
            organization_id, EVERYTHING, PageRequest(size=2, after=first.next_after)
        )

        assert [task.id for task in first.items] == [newest.task_id, middle.task_id]
        assert [task.id for task in rest.items] == [oldest.task_id]
        assert rest.next_after is None

    async def test_dead_tasks_are_found_by_type_error_and_time_of_death(self) -> None:
        organization_id = an_old_organization_id()
        chore = await self.died("broken", kind=CHORE, organization_id=organization_id)
        other = await self.died("refused", organization_id=organization_id)
        cause = (await self.read(other)).error_fingerprint
        died_at = (await self.read(chore)).finished_at

        by_type = DeadTaskFilter(type=CHORE.name)
        by_error = DeadTaskFilter(error_fingerprint=cause)
        later = DeadTaskFilter(since=died_at, type=CHORE.name)
        earlier = DeadTaskFilter(until=died_at, type=CHORE.name)

        assert await self.listed_dead(organization_id, by_type) == [chore.task_id]
        assert await self.listed_dead(organization_id, by_error) == [other.task_id]
        assert await self.listed_dead(organization_id, later) == [chore.task_id]
        assert await self.listed_dead(organization_id, earlier) == []

    async def test_many_deaths_of_one_cause_are_one_group(self) -> None:
        organization_id = an_old_organization_id()
        await self.died("refused", organization_id=organization_id)
        same = [
            await self.died(f"no answer to {number}", organization_id=organization_id)
            for number in range(3)
        ]

        groups = await self.dead_tasks.groups(organization_id, EVERYTHING)

        newest = await self.read(same[-1])
        assert [group.task_count for group in groups] == [3, 1]
        assert groups[0].newest == newest
        assert groups[0].error_fingerprint == newest.error_fingerprint
        assert groups[0].last_died_at == newest.finished_at
        assert groups[0].first_died_at < groups[0].last_died_at

    async def test_a_retried_task_is_itself_again_with_all_its_attempts(self) -> None:
        task = await self.died()
        record = (await self.read(task)).attempts

        count = await self.retry(task.organization_id, task.task_id)

        ready = await self.read(task)
        assert (count, ready.state, ready.attempts) == (1, TaskState.READY, record)
        assert (ready.finished_at, ready.error_fingerprint) == (None, None)
        await self.fail(task, IMPATIENT, "again")
        again = await self.read(task)
        assert (again.state, again.attempt) == (TaskState.SCHEDULED, IMPATIENT.max_attempts + 1)

    async def test_what_killed_its_workers_is_retried_alone_and_dies_of_the_next_crash(
        self,
    ) -> None:
        task = await self.added()
        for _ in range(CRASH_LIMIT):
            await self.crash(task)

        await self.retry(task.organization_id, task.task_id)

        assert await self.claim(task) is None
        await self.crash(task)
        assert (await self.read(task)).state is TaskState.DEAD

    async def test_retried_tasks_start_one_after_another(self) -> None:
        organization_id = an_old_organization_id()
        tasks = [await self.died(organization_id=organization_id) for _ in range(3)]

        await self.retry(organization_id)

        starts = [(await self.read(task)).run_at for task in tasks]
        assert [later - starts[0] for later in starts] == [0 * GAP, GAP, 2 * GAP]
        pushed = await self.keeping.take_unpushed(Tier.REALTIME, 10)
        assert [item.task for item in pushed] == tasks[: max(1, len(pushed))]

    async def test_a_second_retry_lines_up_behind_the_first(self) -> None:
        organization_id = an_old_organization_id()
        tasks = [await self.died(organization_id=organization_id) for _ in range(9)]
        earlier, last = [task.task_id for task in tasks[:-1]], tasks[-1].task_id

        for group in (earlier, [last]):
            async with self.dead_tasks.transaction(a_context(organization_id)) as transaction:
                await transaction.retry(group, per_second=1)

        starts = [(await self.read(task)).run_at for task in tasks[-2:]]
        assert starts[1] - starts[0] == timedelta(seconds=1)

    async def test_of_a_filter_the_oldest_go_first(self) -> None:
        organization_id = an_old_organization_id()
        oldest, newest = [await self.died(organization_id=organization_id) for _ in range(2)]

        count = await self.retry(organization_id, max_tasks=1)

        assert count == 1
        assert (await self.read(oldest)).state is TaskState.READY
        assert (await self.read(newest)).state is TaskState.DEAD

    async def test_a_repeated_retry_has_no_second_effect(self) -> None:
        organization_id, request_id = an_old_organization_id(), RequestId(uuid4())
        first = await self.died(organization_id=organization_id)
        answer = await self.retry(organization_id, request_id=request_id)
        second = await self.died(organization_id=organization_id)

        repeated = await self.retry(organization_id, request_id=request_id)

        assert (answer, repeated) == (1, 1)
        assert (await self.read(first)).state is TaskState.READY
        assert (await self.read(second)).state is TaskState.DEAD
        with pytest.raises(RequestIdReusedError):
            await self.retry(organization_id, request_id=request_id, max_tasks=7)

    async def test_one_task_that_is_not_dead_keeps_all_from_being_retried(self) -> None:
        organization_id = an_old_organization_id()
        dead = await self.died(organization_id=organization_id)
        ready = await self.added(organization_id=organization_id)

        with pytest.raises(TaskNotDeadError) as refusal:
            await self.retry(organization_id, dead.task_id, ready.task_id)

        assert refusal.value.metadata["state"] == "ready"
        assert (await self.read(dead)).state is TaskState.DEAD

    async def test_another_organisation_decides_on_nothing(self) -> None:
        task = await self.died()
        stranger = an_old_organization_id()

        with pytest.raises(NotFoundError):
            await self.retry(stranger, task.task_id)
        with pytest.raises(NotFoundError):
            await self.discard(stranger, task.task_id)

        assert await self.retry(stranger) == 0
        assert await self.listed_dead(stranger) == []
        assert await self.dead_tasks.groups(stranger, EVERYTHING) == []
        assert (await self.read(task)).state is TaskState.DEAD

    async def test_a_discarded_task_is_not_dead_any_more_and_keeps_its_cause(self) -> None:
        task = await self.died()
        cause = (await self.read(task)).error_fingerprint

        count = await self.discard(task.organization_id, task.task_id)

        discarded = await self.read(task)
        assert (count, discarded.state) == (1, TaskState.DISCARDED)
        assert discarded.error_fingerprint == cause
        with pytest.raises(TaskNotDeadError):
            await self.retry(task.organization_id, task.task_id)

    async def test_two_who_retry_at_once_share_the_tasks(self) -> None:
        organization_id = an_old_organization_id()
        for _ in range(4):
            await self.died(organization_id=organization_id)

        counts = await asyncio.gather(*(self.retry(organization_id) for _ in range(2)))

        assert sum(counts) == 4
