"""What the statistics of the queues count: each thing once, however many add it up."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import TupleRow

from adapters.clock import Uuid7Source
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.queue_keeping import PostgresQueueKeeping
from adapters.postgres.queue_recording import PostgresQueueRecording
from adapters.postgres.queue_statistics_store import PostgresQueueStatistics
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.task_keeping import PostgresTaskKeeping
from adapters.postgres.task_ledger import PostgresTaskLedger
from adapters.postgres.transactions import tenant_transaction
from domain.identifiers import OrganizationId
from domain.operations.claim import Ticket
from domain.operations.durations import Durations
from domain.operations.metric_windows import last, spans_of
from domain.operations.queue_statistics import Backlog, QueueKey, QueueStatistics
from domain.operations.settlement import done
from domain.operations.task import ReadyTask
from domain.operations.task_type import Tier
from domain.transactions import NewTask
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import new_id
from tests.support.given_statistics import counted
from tests.support.servers import Database
from tests.support.task_types import CHORE, NOTE, TEST_TYPES

NOTES = QueueKey(NOTE.name, Tier.REALTIME)
EVERYTHING = 10_000


class Queues:
    """The statistics of a test's own database, and what makes them."""

    def __init__(self, database: Database, app: Pool, system: Pool) -> None:
        self.system = system
        self.keeping = PostgresQueueKeeping(system, types=TEST_TYPES)
        self.store = PostgresQueueStatistics(app)
        self._app = app
        self._database = database

    def execute(self, statement: str, *parameters: object) -> list[TupleRow]:
        with psycopg.connect(self._database.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    async def dispatch(
        self, *keys: str, organization_id: OrganizationId | None = None, fails: bool = False
    ) -> list[ReadyTask]:
        organization = organization_id or an_organization_id()
        tasks = [
            NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key=key or str(new_id()))
            for key in keys
        ]
        async with tenant_transaction(self._app, organization) as connection:
            ready = await insert_tasks(
                connection, a_context(organization), tasks, Uuid7Source(), types=TEST_TYPES
            )
            if fails:
                raise InterruptedError
        return ready

    async def claim(self, tasks: Sequence[ReadyTask], *, lease_seconds: float = 60) -> None:
        ledger = PostgresTaskLedger(self.system, worker="w", lease_seconds=lease_seconds)
        tickets = [Ticket(task.organization_id, task.task_id) for task in tasks]
        self.claimed = await ledger.exchange([], tickets)

    async def finish(self) -> None:
        ledger = PostgresTaskLedger(self.system, worker="w", lease_seconds=60)
        await ledger.exchange([done(task) for task in self.claimed], [])

    async def last_hour(self) -> Mapping[QueueKey, QueueStatistics]:
        while await self.keeping.fold(EVERYTHING):
            pass
        now = datetime.now(UTC)
        return await self.store.statistics(spans_of(last(timedelta(hours=1), now=now)))

    def recording(self, worker: str, *, concurrency: int = 10) -> PostgresQueueRecording:
        return PostgresQueueRecording(
            self.system, worker=worker, tier=Tier.REALTIME, concurrency=concurrency
        )


@asynccontextmanager
async def pool_of(url: str) -> AsyncIterator[Pool]:
    pool = create_pool(url, name="test", max_size=8, timeout_seconds=60)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def queues(database: Database) -> AsyncIterator[Queues]:
    async with pool_of(database.app_url) as app, pool_of(database.system_url) as system:
        yield Queues(database, app, system)


async def test_dispatches_and_repeats_are_counted_with_their_transaction(queues: Queues) -> None:
    organization_id = an_organization_id()
    await queues.dispatch("a", "b", "c", organization_id=organization_id)
    await queues.dispatch("a", "d", organization_id=organization_id)
    with pytest.raises(InterruptedError):
        await queues.dispatch("e", "f", organization_id=organization_id, fails=True)

    statistics = await queues.last_hour()

    assert statistics == {NOTES: QueueStatistics(dispatched=4, duplicates=1)}


async def test_a_thousand_dispatches_of_one_key_are_one_and_the_rest_prevented(
    queues: Queues,
) -> None:
    organization_id = an_organization_id()

    for _ in range(10):
        await asyncio.gather(
            *(queues.dispatch("same", organization_id=organization_id) for _ in range(100))
        )

    assert await queues.last_hour() == {NOTES: QueueStatistics(dispatched=1, duplicates=999)}


async def test_a_task_is_counted_as_done_when_it_becomes_history(queues: Queues) -> None:
    await queues.claim(await queues.dispatch(*[""] * 5))
    await queues.finish()
    before = await queues.last_hour()
    queues.execute("UPDATE tasks SET finished_at = finished_at - interval '11 seconds'")

    for _ in range(2):
        await PostgresHousekeeping(queues.system).move_finished_tasks(100)

    after = await queues.last_hour()
    assert (before[NOTES].finished, after[NOTES].finished) == (0, 5)


async def test_leases_that_ran_out_are_stalls_and_at_last_deaths(queues: Queues) -> None:
    tasks = await queues.dispatch("", "")
    queues.execute("UPDATE tasks SET crashes = 2 WHERE id = %s", tasks[0].task_id)
    queues.execute(
        "UPDATE tasks SET state = 'running', lease_expires_at = now() - interval '1 second'"
    )

    await PostgresTaskKeeping(queues.system).reap(10)

    statistics = (await queues.last_hour())[NOTES]
    assert (statistics.stalled, statistics.died) == (2, 1)


async def test_what_workers_report_is_added_up(queues: Queues) -> None:
    some, others = counted(3, run_seconds=2.0), counted(4, wait_seconds=90.0)
    retried = QueueStatistics(retried=2, parked=1, died=1, runs=Durations.of([0.5]))

    await queues.recording("one").record({NOTE.name: some, CHORE.name: retried})
    await queues.last_hour()
    await queues.recording("two").record({NOTE.name: others})

    statistics = await queues.last_hour()
    together = some + others
    note = statistics[NOTES]
    assert (note.waits, note.runs) == (together.waits, together.runs)
    assert note.succeeded == 7
    assert statistics[QueueKey(CHORE.name, Tier.REALTIME)] == retried


async def test_several_keepers_count_everything_once(queues: Queues) -> None:
    for _ in range(30):
        await queues.dispatch(*[""] * 10)

    async def keep() -> None:
        for _ in range(20):
            await queues.keeping.fold(7)

    await asyncio.gather(*(keep() for _ in range(4)))

    assert (await queues.last_hour())[NOTES].dispatched == 300
    assert queues.execute("SELECT count(*) FROM queue_counts") == [(0,)]


async def test_hours_and_days_hold_what_their_minutes_do_also_what_came_late(
    queues: Queues,
) -> None:
    insert = (
        "INSERT INTO queue_counts (organization_id, counted_at, type, tier, dispatched, waits)"
        " VALUES ('00000000-0000-7000-8000-000000000000', %s, %s, 'realtime', %s, %s)"
    )
    day = datetime(2026, 3, 1, tzinfo=UTC)
    queues.execute(insert, day + timedelta(hours=4, minutes=5), NOTE.name, 2, [0, 1])
    queues.execute(insert, day + timedelta(hours=4, minutes=7), NOTE.name, 3, [1, 1, 1])
    await queues.keeping.fold(EVERYTHING)
    queues.execute(insert, day + timedelta(hours=5), NOTE.name, 5, [4])

    await queues.keeping.fold(EVERYTHING)

    rows = queues.execute(
        "SELECT grain, starts_at, dispatched, waits FROM queue_statistics ORDER BY 1, 2"
    )
    assert rows == [
        ("day", day, 10, [5, 2, 1]),
        ("hour", day + timedelta(hours=4), 5, [1, 2, 1]),
        ("hour", day + timedelta(hours=5), 5, [4]),
        ("minute", day + timedelta(hours=4, minutes=5), 2, [0, 1]),
        ("minute", day + timedelta(hours=4, minutes=7), 3, [1, 1, 1]),
        ("minute", day + timedelta(hours=5), 5, [4]),
    ]


async def test_minutes_are_forgotten_after_two_days_and_the_rest_after_a_month(
    queues: Queues,
) -> None:
    await queues.dispatch("")
    await queues.last_hour()
    for days in (3, 33):
        queues.execute(
            "INSERT INTO queue_statistics (grain, starts_at, type, tier, dispatched, duplicates,"
            " finished, succeeded, retried, parked, died, stalled, wait_microseconds,"
            " run_microseconds, waits, runs) SELECT grain, date_trunc(grain, now(), 'UTC') -"
            " %s * interval '1 day', type, tier, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '{}'"
            " FROM queue_statistics WHERE starts_at > now() - interval '2 days'",
            days,
        )

    await queues.keeping.forget(EVERYTHING)

    kept = queues.execute(
        "SELECT grain, now()::date - starts_at::date FROM queue_statistics ORDER BY 2, 1"
    )
    assert kept == [("day", 0), ("hour", 0), ("minute", 0), ("day", 3), ("hour", 3)]


async def test_living_workers_have_places_and_others_do_not(queues: Queues) -> None:
    for worker in ("alive", "also alive", "stopped", "killed"):
        await queues.recording(worker, concurrency=10).record({})
    await queues.recording("alive", concurrency=7).record({})
    await queues.recording("stopped").sign_off()
    queues.execute(
        "UPDATE worker_processes SET seen_at = now() - interval '16 seconds'"
        " WHERE worker = 'killed'"
    )

    present = await queues.store.present()

    assert present.concurrency == {Tier.REALTIME: 17}


async def test_the_stock_is_what_is_in_the_queues_now(queues: Queues) -> None:
    tasks = await queues.dispatch(*[""] * 4)
    first = await queues.keeping.take_stock()
    await queues.claim(tasks[:3])
    await queues.finish()

    second = await queues.keeping.take_stock()

    assert first[NOTES].ready == 4
    assert (second[NOTES].ready, second[NOTES].running) == (1, 0)
    present = await queues.store.present()
    assert present.backlogs == second
    assert present.taken_at is not None


async def test_an_empty_queue_is_known_to_be_empty(queues: Queues) -> None:
    await queues.claim(await queues.dispatch(""))
    await queues.keeping.take_stock()
    await queues.finish()

    await queues.keeping.take_stock()

    backlogs = (await queues.store.present()).backlogs
    assert set(backlogs) == {QueueKey(kind.name, kind.tier) for kind in TEST_TYPES.values()}
    assert set(backlogs.values()) == {Backlog()}


async def test_statistics_begin_with_the_first_minute_that_was_counted(queues: Queues) -> None:
    nothing = await queues.store.present()
    await queues.dispatch("")
    await queues.last_hour()

    present = await queues.store.present()

    ((minute,),) = queues.execute("SELECT starts_at FROM queue_statistics WHERE grain = 'minute'")
    assert (nothing.first_counted_at, present.first_counted_at) == (None, minute)
