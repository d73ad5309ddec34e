"""The cron on a real Postgres, and what only a real one can show."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import psycopg
import pytest
from psycopg.rows import TupleRow

from adapters.cron_schedules import read_schedule
from adapters.postgres.cron_keeping import PostgresCronKeeping
from adapters.postgres.cron_store import PostgresCronStore
from adapters.postgres.pools import create_pool
from domain.identifiers import TaskId
from domain.operations.cron import CronEntry
from domain.operations.task_type import TASK_TYPES, task_type
from domain.transactions import NewTask
from tests.contracts.cron_store import CronStoreContract
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.postgres_stores import open_transactions
from tests.support.servers import Database
from tests.support.task_types import TEST_TYPES

PUT = """
INSERT INTO cron_entries (name, schedule, time_zone, task_type, payload, catch_up, is_enabled,
  decided_until, last_fire_at, next_fire_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (organization_id, name) DO UPDATE
SET decided_until = excluded.decided_until, next_fire_at = excluded.next_fire_at
"""


class TestPostgresCron(CronStoreContract):
    @pytest.fixture(autouse=True)
    async def _open_cron(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[None]:
        for name, kind in TEST_TYPES.items():
            monkeypatch.setitem(TASK_TYPES, name, kind)
        self.database = database
        self.execute("DELETE FROM cron_entries")
        pool = create_pool(database.system_url, name="test", max_size=8)
        await pool.open()
        self.keeping = PostgresCronKeeping(pool, types=TEST_TYPES)
        async with open_transactions(database) as opener:
            self.store = PostgresCronStore(opener)
            yield
        await pool.close()

    def execute(self, statement: str, *parameters: object) -> list[TupleRow]:
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    async def put(self, entry: CronEntry) -> None:
        self.execute(
            PUT,
            entry.name,
            entry.schedule,
            entry.time_zone,
            entry.task_type,
            json.dumps(dict(entry.payload)),
            entry.catch_up,
            entry.is_enabled,
            entry.decided_until,
            entry.last_fire_at,
            entry.next_fire_at,
        )

    async def now(self) -> datetime:
        [(now,)] = self.execute("SELECT now()")
        return datetime.fromisoformat(str(now))

    async def tasks(self) -> Mapping[TaskId, NewTask]:
        rows = self.execute("SELECT id, type, payload, idempotency_key FROM tasks")
        return {
            row[0]: NewTask(type=row[1], payload=row[2], idempotency_key=row[3]) for row in rows
        }

    def test_the_keepers_role_dispatches_for_no_organisation_but_the_platform(self) -> None:
        with (
            psycopg.connect(self.database.system_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(
                "INSERT INTO task_keys (organization_id, type, idempotency_key, task_id,"
                " payload_digest) VALUES (%s, 'test:note', 'key', %s, '')",
                [an_organization_id(), new_id()],
            )


async def test_every_entry_of_a_new_database_can_be_fired(database: Database) -> None:
    async with open_transactions(database) as opener:
        entries = await PostgresCronStore(opener).list()

    assert entries
    for entry in entries:
        task_type(entry.task_type).check(entry.payload)
        read_schedule(entry.schedule, entry.time_zone)
