"""What every task ledger owes those who call tasks off."""

from uuid import uuid4

import pytest

from domain.errors import NotFoundError
from domain.identifiers import RequestId
from domain.operations.ports import TaskCommands
from domain.operations.settlement import done, failed
from domain.operations.task import (
    ParkTask,
    ReadyTask,
    Task,
    TaskState,
    TaskTransitionRefusedError,
)
from domain.operations.use_cases.cancel_task import CancelTask, cancel_task
from tests.contracts.dead_tasks import DeadTaskContract
from tests.contracts.task_ledger import an_old_organization_id
from tests.support.builders import a_context
from tests.support.task_types import NOTE


class TaskCommandContract(DeadTaskContract):
    """Subclasses give the ledger's commands beside its other roles."""

    commands: TaskCommands

    async def cancel(self, task: ReadyTask, request_id: RequestId | None = None) -> Task:
        return await cancel_task(
            self.commands,
            context=a_context(task.organization_id, request_id=request_id),
            command=CancelTask(task_id=task.task_id),
        )

    async def waiting_tasks(self) -> list[ReadyTask]:
        parked = await self.added()
        claimed = await self.claim(parked)
        assert claimed is not None
        await self.settle(failed(claimed, NOTE, ParkTask(30, "rate_limited"), jitter=0.5))
        return [await self.added(), await self.added(delay_seconds=30), parked]

    async def test_a_task_that_waits_is_cancelled_and_never_runs(self) -> None:
        waiting = await self.waiting_tasks()

        answers = [await self.cancel(task) for task in waiting]

        await self.let_pass(60)
        assert await self.keeping.make_due_ready(10) == 0
        assert [await self.claim(task) for task in waiting] == [None] * 3
        for task, answer in zip(waiting, answers, strict=True):
            cancelled = await self.read(task)
            assert (answer.state, cancelled.state) == (TaskState.CANCELLED, TaskState.CANCELLED)
            assert cancelled.finished_at is not None
            assert cancelled.parked_reason is None

    async def test_a_running_task_is_not_cancelled(self) -> None:
        task = await self.added()
        claimed = await self.claim(task)
        assert claimed is not None

        with pytest.raises(TaskTransitionRefusedError) as refusal:
            await self.cancel(task)

        assert refusal.value.metadata["current_state"] == "running"
        await self.settle(done(claimed))
        assert (await self.read(task)).state is TaskState.DONE

    async def test_a_dead_task_is_discarded_and_not_cancelled(self) -> None:
        task = await self.died()

        with pytest.raises(TaskTransitionRefusedError):
            await self.cancel(task)

        assert (await self.read(task)).state is TaskState.DEAD

    async def test_a_cancellation_is_repeated_under_its_request_id_alone(self) -> None:
        task, request_id = await self.added(), RequestId(uuid4())
        await self.cancel(task, request_id)

        repeated = await self.cancel(task, request_id)

        assert repeated.state is TaskState.CANCELLED
        with pytest.raises(TaskTransitionRefusedError):
            await self.cancel(task)

    async def test_another_organisation_cancels_nothing(self) -> None:
        task = await self.added()
        stranger = ReadyTask(an_old_organization_id(), task.task_id, task.type, task.tier)

        with pytest.raises(NotFoundError):
            await self.cancel(stranger)

        assert (await self.read(task)).state is TaskState.READY
