"""The cron in memory keeps the promises of the real one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import pytest

from domain.identifiers import TaskId
from domain.operations.cron import CronEntry
from domain.transactions import NewTask
from tests.contracts.cron_store import CronStoreContract
from tests.support.in_memory_cron import InMemoryCron


class TestInMemoryCron(CronStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_cron(self) -> None:
        self.memory = InMemoryCron()
        self.keeping = self.store = self.memory

    async def put(self, entry: CronEntry) -> None:
        self.memory.entries[entry.name] = entry

    async def now(self) -> datetime:
        return self.memory.now

    async def tasks(self) -> Mapping[TaskId, NewTask]:
        by_hand = {
            TaskId(UUID(task.idempotency_key.rpartition("/")[2])): task
            for task in self.memory.ledger.tasks.values()
        }
        return {**self.memory.dispatched, **by_hand}
