"""The cron in memory, at a time that a test sets; a turn that raises leaves nothing behind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import PLATFORM_ORGANIZATION_ID, TaskId
from domain.operations.cron import CronEntry, DueFires, fire_id, fire_task
from domain.transactions import NewTask
from tests.support.clocks import MORNING
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


@dataclass
class InMemoryCronTurn:
    """The domain's CronTurn."""

    cron: "InMemoryCron"
    entry: CronEntry
    now: datetime

    async def fire(self, due: DueFires) -> None:
        for fire_time in due.fire_times:
            task = fire_task(self.entry, fire_time)
            self.cron.dispatched.setdefault(fire_id(self.entry.name, fire_time), task)
        self.cron.entries[self.entry.name] = replace(
            self.entry,
            decided_until=due.decided_until,
            next_fire_at=due.next_fire_at,
            last_fire_at=due.fire_times[-1] if due.fire_times else self.entry.last_fire_at,
        )

    async def put_off(self, until: datetime) -> None:
        self.cron.entries[self.entry.name] = replace(self.entry, next_fire_at=until)


class InMemoryCronTransaction(InMemoryTransaction):
    """The domain's CronTransaction."""

    def __init__(self, cron: "InMemoryCron", context: CommandContext) -> None:
        super().__init__(cron.ledger, context)
        self._cron = cron

    async def get(self, name: str) -> CronEntry:
        if name not in self._cron.entries:
            raise NotFoundError("cron_entry", name)
        return self._cron.entries[name]


class InMemoryCron:
    """The domain's CronKeeping and CronStore."""

    def __init__(self) -> None:
        self.now = MORNING
        self.entries: dict[str, CronEntry] = {}
        self.dispatched: dict[TaskId, NewTask] = {}
        self.ledger = Ledger()
        self._taken: set[str] = set()

    @asynccontextmanager
    async def take_due(self) -> AsyncIterator[InMemoryCronTurn | None]:
        due = [
            entry
            for entry in self.entries.values()
            if entry.is_enabled and entry.next_fire_at <= self.now and entry.name not in self._taken
        ]
        if not due:
            yield None
            return
        entry = min(due, key=lambda entry: entry.next_fire_at)
        self._taken.add(entry.name)
        try:
            yield InMemoryCronTurn(self, entry, self.now)
        finally:
            self._taken.remove(entry.name)

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[InMemoryCronTransaction]:
        assert context.organization_id == PLATFORM_ORGANIZATION_ID
        return committing(InMemoryCronTransaction(self, context))

    async def list(self) -> Sequence[CronEntry]:
        return sorted(self.entries.values(), key=lambda entry: entry.name)
