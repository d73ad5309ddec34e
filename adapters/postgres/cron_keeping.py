"""The cron as keepers use it: a row's lock is the turn at it, and decides between them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.cron_rows import COLUMNS, to_entry
from adapters.postgres.pools import Connection, Pool, connection_from
from adapters.postgres.task_dispatch import insert_tasks
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID, TaskId
from domain.operations.cron import CronEntry, DueFires, fire_id, fire_key, fire_task
from domain.operations.task_type import TASK_TYPES, TaskTypes

_TAKE_DUE = f"""
SELECT {COLUMNS}, now() FROM cron_entries
WHERE is_enabled AND next_fire_at <= now()
ORDER BY next_fire_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""

_MOVE_ON = """
UPDATE cron_entries SET decided_until = %(decided_until)s, next_fire_at = %(next_fire_at)s,
  last_fire_at = COALESCE(%(last_fire_at)s, last_fire_at)
WHERE name = %(name)s
"""

_PUT_OFF = "UPDATE cron_entries SET next_fire_at = %(until)s WHERE name = %(name)s"


class _FireIds:
    """The ids of an entry's tasks, in the order of their fire times."""

    def __init__(self, name: str, fire_times: Sequence[datetime]) -> None:
        self._ids = (fire_id(name, fire_time) for fire_time in fire_times)

    def new_id(self) -> TaskId:
        return next(self._ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCronTurn:
    """The domain's CronTurn, in a transaction that holds the entry's row."""

    entry: CronEntry
    now: datetime
    connection: Connection
    types: TaskTypes

    async def fire(self, due: DueFires) -> None:
        if due.fire_times:
            context = CommandContext(
                organization_id=PLATFORM_ORGANIZATION_ID,
                actor=PLATFORM_ACTOR,
                correlation_id=fire_key(self.entry.name, due.fire_times[-1]),
            )
            await insert_tasks(
                self.connection,
                context,
                [fire_task(self.entry, fire_time) for fire_time in due.fire_times],
                _FireIds(self.entry.name, due.fire_times),
                types=self.types,
            )
        await self.connection.execute(
            _MOVE_ON,
            {
                "name": self.entry.name,
                "decided_until": due.decided_until,
                "next_fire_at": due.next_fire_at,
                "last_fire_at": due.fire_times[-1] if due.fire_times else None,
            },
        )

    async def put_off(self, until: datetime) -> None:
        await self.connection.execute(_PUT_OFF, {"name": self.entry.name, "until": until})


class PostgresCronKeeping:
    """The domain's CronKeeping as the system role; Postgres's clock says what is due."""

    def __init__(self, pool: Pool, *, types: TaskTypes = TASK_TYPES) -> None:
        self._pool = pool
        self._types = types

    @asynccontextmanager
    async def take_due(self) -> AsyncIterator[PostgresCronTurn | None]:
        async with connection_from(self._pool) as connection, connection.transaction():
            cursor = await connection.execute(_TAKE_DUE.encode())
            row = await cursor.fetchone()
            if row is None:
                yield None
                return
            yield PostgresCronTurn(
                entry=to_entry(row), now=row[-1], connection=connection, types=self._types
            )
