"""The ledger in memory keeps the promises of the real one."""

from datetime import timedelta

import pytest

from domain.identifiers import OrganizationId, TaskId
from domain.operations.claim import ClaimedTask
from domain.operations.task_type import TaskType
from tests.contracts.queue_pauses import QueuePauseContract
from tests.contracts.task_commands import TaskCommandContract
from tests.contracts.task_deadlines import TaskDeadlineContract
from tests.contracts.task_ledger import LEASE_SECONDS
from tests.contracts.task_turns import TaskTurnContract
from tests.support.in_memory_dead_tasks import InMemoryDeadTasks
from tests.support.in_memory_pauses import InMemoryQueuePauses
from tests.support.in_memory_task_commands import InMemoryTaskCommands
from tests.support.in_memory_tasks import InMemoryTasks


class TestInMemoryTaskLedger(
    TaskTurnContract, TaskDeadlineContract, QueuePauseContract, TaskCommandContract
):
    @pytest.fixture(autouse=True)
    def _empty_ledger(self) -> None:
        self.memory = InMemoryTasks(lease_seconds=LEASE_SECONDS)
        self.ledger = self.keeping = self.store = self.memory
        self.commands = InMemoryTaskCommands(self.memory)
        self.dead_tasks = InMemoryDeadTasks(self.memory)
        self.pauses = InMemoryQueuePauses(self.memory)

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
        self.memory.add(
            organization_id,
            task_id,
            kind,
            priority=priority,
            delay_seconds=delay_seconds,
            deadline_seconds=deadline_seconds,
        )

    async def let_pass(self, seconds: float) -> None:
        self.memory.now += timedelta(seconds=seconds)

    async def finish_with_its_effect(self, task: ClaimedTask) -> None:
        self.memory.finish(task.organization_id, task.id)
