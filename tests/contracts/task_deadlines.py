"""What every task ledger owes tasks that are worth starting for a time only."""

from datetime import timedelta

from domain.operations.error_fingerprint import DEADLINE_EXCEEDED, error_fingerprint
from domain.operations.settlement import failed
from domain.operations.task import AttemptOutcome, ParkTask, ReadyTask, TaskState
from tests.contracts.dead_tasks import DeadTaskContract
from tests.support.task_types import NOTE


class TaskDeadlineContract(DeadTaskContract):
    """Subclasses give one ledger, as those of the contract it builds on."""

    async def expired(self) -> ReadyTask:
        task = await self.added(deadline_seconds=60)
        await self.let_pass(61)
        await self.keeping.expire(10)
        return task

    async def test_a_task_is_not_started_after_its_deadline(self) -> None:
        in_time, too_late = [await self.added(deadline_seconds=60) for _ in range(2)]

        before = await self.claim(in_time)
        await self.let_pass(61)

        assert before is not None
        assert 58 < before.worth_seconds <= 60
        assert await self.claim(too_late) is None

    async def test_a_task_past_its_deadline_is_dead_and_says_why(self) -> None:
        task = await self.expired()

        dead = await self.read(task)
        assert (dead.state, dead.attempt) == (TaskState.DEAD, 0)
        assert [(item.outcome, item.error) for item in dead.attempts] == [
            (AttemptOutcome.DEAD, DEADLINE_EXCEEDED)
        ]
        assert dead.error_fingerprint == error_fingerprint(NOTE.name, DEADLINE_EXCEEDED)
        assert dead.finished_at is not None

    async def test_whatever_waits_expires_and_nothing_else(self) -> None:
        parked = await self.added(deadline_seconds=60)
        claimed = await self.claim(parked)
        assert claimed is not None
        await self.settle(failed(claimed, NOTE, ParkTask(300, "rate_limited"), jitter=0.5))
        delayed = await self.added(delay_seconds=10, deadline_seconds=20)
        running = await self.added(deadline_seconds=60)
        await self.claim(running)
        await self.added()
        too_early = await self.keeping.expire(10)
        await self.let_pass(61)

        expired = await self.keeping.expire(10)

        assert too_early == []
        assert {task.task_id for task in expired} == {parked.task_id, delayed.task_id}
        assert (await self.read(running)).state is TaskState.RUNNING
        assert (await self.read(parked)).parked_reason is None

    async def test_no_more_expire_at_once_than_is_asked_for(self) -> None:
        for _ in range(3):
            await self.added(deadline_seconds=60)
        await self.let_pass(61)

        counts = [len(await self.keeping.expire(2)) for _ in range(3)]

        assert counts == [2, 1, 0]

    async def test_a_retry_grants_a_fresh_deadline(self) -> None:
        task = await self.expired()

        await self.retry(task.organization_id, task.task_id)

        ready = await self.read(task)
        assert ready.deadline is not None
        assert abs(ready.deadline - ready.run_at - timedelta(seconds=60)) < timedelta(seconds=1)
        assert await self.keeping.expire(10) == []
        assert await self.claim(task) is not None
