"""Partitions are made ahead, and dropped past keeping where the table allows it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import TupleRow

from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.partitions import PostgresPartitions
from adapters.postgres.pools import Pool, create_pool
from tests.support.servers import Database

LONG_AGO = datetime.now(UTC) - timedelta(days=10_000)
DROPPED = {"organization_events", "task_history"}


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    system = create_pool(database.system_url, name="test", max_size=2)
    await system.open()
    yield system
    await system.close()


@pytest.fixture
def owner(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def tables(owner: psycopg.Connection[TupleRow]) -> set[str]:
    found = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace"
    )
    return {str(row[0]) for row in found.fetchall()}


def make(owner: psycopg.Connection[TupleRow], table: str, moment: datetime) -> str:
    row = owner.execute("SELECT make_partition(%s, %s)", [table, moment]).fetchone()
    assert row is not None
    return str(row[0])


def partitions(database: Database, pool: Pool, *, lock_seconds: float = 10.0) -> PostgresPartitions:
    return PostgresPartitions(pool, owner_url=database.owner_url, lock_seconds=lock_seconds)


async def test_only_tables_that_are_not_archived_lose_old_partitions(
    database: Database, pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    before = tables(owner)
    registered = owner.execute("SELECT table_name FROM partitioned_tables").fetchall()
    old = {table: make(owner, table, LONG_AGO) for (table,) in registered}

    dropped = await partitions(database, pool).drop_past()

    assert set(dropped) == {old[table] for table in DROPPED}
    assert tables(owner) == before | (set(old.values()) - set(dropped))


async def test_a_partition_stays_until_all_of_it_is_past_keeping(
    database: Database, pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    make(owner, "task_history", today - timedelta(days=30))
    past = make(owner, "task_history", today - timedelta(days=31))

    dropped = await partitions(database, pool).drop_past()

    assert dropped == [past]


async def test_a_partition_that_somebody_reads_is_dropped_when_they_are_done(
    database: Database, pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    old = [make(owner, "task_history", LONG_AGO + timedelta(days=day)) for day in (0, 1)]
    events = make(owner, "organization_events", LONG_AGO)
    impatient = partitions(database, pool, lock_seconds=0.2)
    with psycopg.connect(database.system_url) as reader:
        reader.execute("SELECT count(*) FROM task_history")
        while_read = await impatient.drop_past()

    afterwards = await impatient.drop_past()

    assert while_read == [events]
    assert afterwards == old
    assert not tables(owner) & {*old, events}


async def test_a_partition_that_was_detached_and_not_dropped_is_dropped_later(
    database: Database, pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    orphan = make(owner, "task_history", LONG_AGO)
    archived = make(owner, "jobs", LONG_AGO)
    owner.execute(f"ALTER TABLE task_history DETACH PARTITION {orphan}".encode())
    owner.execute(f"ALTER TABLE jobs DETACH PARTITION {archived}".encode())

    dropped = await partitions(database, pool).drop_past()

    assert dropped == [orphan]
    assert archived in tables(owner)


async def test_without_a_session_of_the_owner_nothing_is_dropped(
    pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    old = make(owner, "task_history", LONG_AGO)

    dropped = await PostgresPartitions(pool, owner_url=None).drop_past()

    assert dropped == []
    assert old in tables(owner)


async def test_a_missing_partition_shortens_the_runway_until_it_is_made(
    database: Database, pool: Pool, owner: psycopg.Connection[TupleRow]
) -> None:
    housekeeping = PostgresHousekeeping(pool)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    whole = await housekeeping.partition_runways()
    owner.execute(f"DROP TABLE task_history_{today + timedelta(days=3):%Y_%m_%d}".encode())
    owner.execute(f"DROP TABLE organization_events_{today:%Y_%m_%d}".encode())

    gapped = {item.table: item for item in await housekeeping.partition_runways()}
    await partitions(database, pool).make_due()
    mended = await housekeeping.partition_runways()

    assert [item.table for item in [*whole, *mended] if item.is_short] == []
    assert {table for table, item in gapped.items() if item.is_short} == DROPPED
    assert 2 <= gapped["task_history"].days <= 3
    assert gapped["organization_events"].days == 0
