"""The task ledger on a real Postgres, and what only a real one can show."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.dead_task_store import PostgresDeadTaskStore
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.pools import create_pool
from adapters.postgres.queue_pauses import PostgresQueuePauses
from adapters.postgres.task_commands import PostgresTaskCommands
from adapters.postgres.task_dispatch import CHUNK, TaskKeyReusedError, insert_tasks, mark_task_done
from adapters.postgres.task_keeping import PostgresTaskKeeping
from adapters.postgres.task_ledger import PostgresTaskLedger
from adapters.postgres.task_store import PostgresTaskStore
from adapters.postgres.transactions import TransactionOpener, tenant_transaction
from domain.errors import InvalidInputError
from domain.identifiers import PLATFORM_ORGANIZATION_ID, IdSource, OrganizationId, TaskId
from domain.operations.claim import ClaimedTask, Ticket
from domain.operations.dead_tasks import TaskNotDeadError
from domain.operations.payload import MOST_BYTES, PayloadTooLargeError
from domain.operations.ports import TaskFilter
from domain.operations.settlement import done
from domain.operations.task import LeaseLostError, ReadyTask, TaskState
from domain.operations.task_type import TaskType, Tier
from domain.pages import PageRequest
from domain.transactions import NewTask
from tests.contracts.queue_pauses import QueuePauseContract
from tests.contracts.task_commands import TaskCommandContract
from tests.contracts.task_deadlines import TaskDeadlineContract
from tests.contracts.task_ledger import LEASE_SECONDS, an_old_organization_id
from tests.contracts.task_turns import TaskTurnContract
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import id_at, new_id
from tests.support.postgres_stores import NotedHints
from tests.support.servers import Database
from tests.support.task_types import CHORE, NOTE, TEST_TYPES

SHIFT_TIMES = """
UPDATE tasks SET run_at = run_at - step, lease_expires_at = lease_expires_at - step,
  pushed_at = pushed_at - step, started_at = started_at - step, finished_at = finished_at - step,
  deadline = deadline - step
FROM (SELECT %s * interval '1 second' AS step) AS passed
"""


class GivenId:
    """An IdSource that gives one id, or fresh ones."""

    def __init__(self, task_id: TaskId | None = None) -> None:
        self._task_id = task_id

    def new_id(self) -> TaskId:
        return self._task_id or TaskId(new_id())


class TestPostgresTaskLedger(
    TaskTurnContract, TaskDeadlineContract, QueuePauseContract, TaskCommandContract
):
    @pytest.fixture(autouse=True)
    async def _open_ledger(self, database: Database) -> AsyncIterator[None]:
        self.database = database
        self.app_pool = create_pool(database.app_url, name="test", max_size=4)
        self.system_pool = create_pool(database.system_url, name="test", max_size=8)
        await self.app_pool.open()
        await self.system_pool.open()
        self.ledger = PostgresTaskLedger(
            self.system_pool, worker="test", lease_seconds=LEASE_SECONDS
        )
        self.keeping = PostgresTaskKeeping(self.system_pool)
        self.store = PostgresTaskStore(self.app_pool)
        opener = TransactionOpener(self.app_pool, Uuid7Source(), NotedHints())
        self.commands = PostgresTaskCommands(opener)
        self.dead_tasks = PostgresDeadTaskStore(opener)
        self.pauses = PostgresQueuePauses(opener)
        self.housekeeping = PostgresHousekeeping(self.system_pool)
        yield
        await self.app_pool.close()
        await self.system_pool.close()

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
        now = datetime.now(UTC)
        run_at = now + timedelta(seconds=delay_seconds)
        task = NewTask(
            type=kind.name,
            payload={"note": str(task_id)},
            idempotency_key=str(task_id),
            priority=priority,
            run_at=run_at if delay_seconds else None,
            deadline=run_at + timedelta(seconds=deadline_seconds) if deadline_seconds else None,
        )
        await self.dispatch(organization_id, [task], GivenId(task_id))

    async def dispatch(
        self, organization_id: OrganizationId, tasks: list[NewTask], ids: IdSource
    ) -> list[ReadyTask]:
        async with tenant_transaction(self.app_pool, organization_id) as connection:
            return await insert_tasks(
                connection, a_context(organization_id), tasks, ids, types=TEST_TYPES
            )

    async def let_pass(self, seconds: float) -> None:
        self.execute(SHIFT_TIMES, [seconds])

    def execute(self, statement: str, parameters: list[object]) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    async def finish_with_its_effect(self, task: ClaimedTask) -> None:
        async with tenant_transaction(self.app_pool, task.organization_id) as connection:
            await mark_task_done(connection, a_context(task.organization_id, task=task.claim))

    async def test_many_dispatches_with_one_key_make_one_task(self) -> None:
        organization_id = an_organization_id()
        task = NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key="same")

        ready = await asyncio.gather(
            *(self.dispatch(organization_id, [task, task], GivenId()) for _ in range(20))
        )

        page = await self.store.list(organization_id, TaskFilter(), PageRequest())
        assert sorted(len(tasks) for tasks in ready) == [0] * 19 + [1]
        assert len(page.items) == 1

    async def test_a_thousand_dispatches_at_once_with_one_key_make_one_task(self) -> None:
        organization_id = an_organization_id()
        task = NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key="same")
        pool = create_pool(self.database.app_url, name="test", max_size=64, timeout_seconds=60)
        duplicates: Counter[str] = Counter()

        async def dispatch() -> list[ReadyTask]:
            async with tenant_transaction(pool, organization_id) as connection:
                return await insert_tasks(
                    connection,
                    a_context(organization_id),
                    [task],
                    GivenId(),
                    types=TEST_TYPES,
                    duplicates=duplicates,
                )

        async with pool:
            ready = await asyncio.gather(*(dispatch() for _ in range(1000)))

        page = await self.store.list(organization_id, TaskFilter(), PageRequest())
        assert sorted(len(tasks) for tasks in ready) == [0] * 999 + [1]
        assert len(page.items) == 1
        assert duplicates == {NOTE.name: 999}

    async def test_thousands_of_tasks_are_dispatched_in_one_transaction(self) -> None:
        organization_id = an_organization_id()
        tasks = [
            NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key=str(number))
            for number in range(2 * CHUNK + 1)
        ]

        ready = await self.dispatch(organization_id, tasks, GivenId())

        counted = self.execute("SELECT count(*), count(DISTINCT xmin::text) FROM tasks", [])
        assert len(ready) == len(tasks)
        assert counted == [(len(tasks), 1)]

    async def test_a_bulk_dispatch_with_one_wrong_task_leaves_nothing(self) -> None:
        organization_id = an_organization_id()
        right = [
            NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key=str(number))
            for number in range(CHUNK)
        ]
        reused = NewTask(type=NOTE.name, payload={"note": "y"}, idempotency_key="0")

        with pytest.raises(TaskKeyReusedError):
            await self.dispatch(organization_id, [*right, reused], GivenId())

        assert self.execute("SELECT count(*) FROM tasks", []) == [(0,)]

    async def test_the_largest_payload_fits_and_a_larger_one_is_refused(self) -> None:
        organization_id = an_organization_id()
        room = MOST_BYTES - len('{"note": ""}')
        largest = NewTask(type=NOTE.name, payload={"note": "x" * room}, idempotency_key="a")
        larger = NewTask(type=NOTE.name, payload={"note": "x" * (room + 1)}, idempotency_key="b")
        spanish = NewTask(type=NOTE.name, payload={"note": "ñ" * (room // 2)}, idempotency_key="c")

        ready = await self.dispatch(organization_id, [largest, spanish], GivenId())
        with pytest.raises(PayloadTooLargeError):
            await self.dispatch(organization_id, [larger], GivenId())

        assert len(ready) == 2

    async def test_a_task_is_worth_starting_as_long_as_its_type_says(self) -> None:
        organization_id = an_organization_id()
        kind = replace(NOTE, deadline_seconds=60.0)
        task_id = TaskId(new_id())
        task = NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key="k")

        async with tenant_transaction(self.app_pool, organization_id) as connection:
            await insert_tasks(
                connection,
                a_context(organization_id),
                [task],
                GivenId(task_id),
                types={NOTE.name: kind},
            )

        found = await self.store.get(organization_id, task_id)
        assert found.deadline == found.run_at + timedelta(seconds=60)

    async def test_a_task_that_a_person_waits_for_runs_in_the_faster_tier(self) -> None:
        organization_id = an_organization_id()
        kind = replace(CHORE, awaited_tier=Tier.REALTIME)
        tasks = [
            NewTask(
                type=CHORE.name,
                payload={"note": "x"},
                idempotency_key=str(is_awaited),
                is_awaited=is_awaited,
            )
            for is_awaited in (True, False)
        ]

        async with tenant_transaction(self.app_pool, organization_id) as connection:
            ready = await insert_tasks(
                connection,
                a_context(organization_id),
                tasks,
                GivenId(),
                types={CHORE.name: kind},
            )

        assert {task.tier for task in ready} == {Tier.REALTIME, Tier.BACKGROUND}

    async def test_a_key_that_comes_with_another_payload_is_refused_and_leaves_nothing(
        self,
    ) -> None:
        organization_id = an_organization_id()
        first = NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key="same")
        other = NewTask(type=NOTE.name, payload={"note": "y"}, idempotency_key="same")
        unrelated = NewTask(type=NOTE.name, payload={"note": "z"}, idempotency_key="new")
        await self.dispatch(organization_id, [first], GivenId())

        with pytest.raises(TaskKeyReusedError):
            await self.dispatch(organization_id, [unrelated, other], GivenId())

        page = await self.store.list(organization_id, TaskFilter(), PageRequest())
        assert [task.payload for task in page.items] == [{"note": "x"}]

    async def test_a_payload_that_its_type_does_not_have_is_refused(self) -> None:
        task = NewTask(type=NOTE.name, payload={"notes": "x"}, idempotency_key="k")

        with pytest.raises(InvalidInputError) as refusal:
            await self.dispatch(an_organization_id(), [task], GivenId())

        assert refusal.value.field == "payload.note"

    async def test_one_of_many_simultaneous_claims_wins(self) -> None:
        task = await self.added()
        ticket = Ticket(task.organization_id, task.task_id)

        claims = await asyncio.gather(*(self.ledger.exchange([], [ticket]) for _ in range(8)))

        assert sorted(len(claimed) for claimed in claims) == [0] * 7 + [1]

    async def test_keepers_that_work_at_once_share_the_tasks(self) -> None:
        tasks = [await self.added() for _ in range(12)]

        shares = await asyncio.gather(
            *(self.keeping.take_unpushed(tasks[0].tier, 4) for _ in range(4))
        )

        taken = [item.task.task_id for share in shares for item in share]
        assert len(taken) == len(set(taken))
        assert set(taken) <= {task.task_id for task in tasks}

    async def test_a_use_case_that_lost_its_task_commits_nothing(self) -> None:
        task = await self.claimed()
        await self.let_pass(LEASE_SECONDS + 1)
        await self.keeping.reap(10)

        with pytest.raises(LeaseLostError):
            await self.finish_with_its_effect(task)

        assert (await self.read(task)).state is TaskState.READY

    async def test_attempts_are_kept_up_to_a_bound(self) -> None:
        task = await self.added()
        self.execute(
            "UPDATE tasks SET attempts = (SELECT jsonb_agg(jsonb_build_object('attempt', n,"
            " 'started_at', now(), 'ended_at', now(), 'outcome', 'retry', 'error', ''))"
            " FROM generate_series(1, 32) AS n) WHERE id = %s",
            [task.task_id],
        )
        claimed = await self.claim(task)
        assert claimed is not None

        await self.settle(done(claimed))

        attempts = (await self.read(task)).attempts
        assert (len(attempts), attempts[0].attempt) == (32, 2)

    async def test_finished_tasks_move_to_the_history_and_are_still_found(self) -> None:
        task = await self.claimed()
        await self.settle(done(task))
        before = await self.read(task)
        await self.let_pass(60)

        moved = await self.housekeeping.move_finished_tasks(10)

        page = await self.store.list(task.organization_id, TaskFilter(), PageRequest())
        assert moved == 1
        assert self.execute("SELECT count(*) FROM tasks", []) == [(0,)]
        assert (await self.read(task)).attempts == before.attempts
        assert [item.id for item in page.items] == [task.id]

    async def test_a_task_older_than_every_partition_still_moves(self) -> None:
        organization_id = an_organization_id()
        task_id = TaskId(id_at(datetime.now(UTC) - timedelta(days=45)))
        await self.put(organization_id, task_id, NOTE, priority=0, delay_seconds=0)
        claimed = await self.claim(ReadyTask(organization_id, task_id, NOTE.name, NOTE.tier))
        assert claimed is not None
        await self.settle(done(claimed))
        await self.let_pass(60)

        assert await self.housekeeping.move_finished_tasks(10) == 1
        assert (await self.store.get(organization_id, task_id)).state is TaskState.DONE

    async def test_who_decided_on_dead_tasks_and_why_stands_in_the_audit_log(self) -> None:
        organization_id = an_old_organization_id()
        task = await self.died(organization_id=organization_id)

        await self.discard(organization_id, task.task_id)

        audit = self.execute(
            "SELECT action, subject_id = %s, details ->> 'reason', actor FROM audit_logs"
            " WHERE organization_id = %s ORDER BY action",
            [task.task_id, organization_id],
        )
        actor = a_context(organization_id).actor.subject
        assert audit == [
            ("dead_tasks_discarded", False, "obsolete", actor),
            ("task_discarded", True, "obsolete", actor),
        ]

    async def test_a_discarded_task_that_is_history_is_not_retried(self) -> None:
        task = await self.died()
        cause = (await self.read(task)).error_fingerprint
        await self.discard(task.organization_id, task.task_id)
        await self.let_pass(60)
        await self.housekeeping.move_finished_tasks(10)

        with pytest.raises(TaskNotDeadError):
            await self.retry(task.organization_id, task.task_id)

        assert (await self.read(task)).error_fingerprint == cause

    async def test_who_paused_a_queue_and_why_stands_in_the_audit_log(self) -> None:
        await self.pause("batch")
        await self.pause("batch", reason="again")
        await self.resume("batch")
        await self.resume("batch")

        audit = self.execute(
            "SELECT action, details ->> 'queue', details ->> 'reason', actor FROM audit_logs"
            " WHERE organization_id = %s ORDER BY id",
            [PLATFORM_ORGANIZATION_ID],
        )
        actor = a_context(PLATFORM_ORGANIZATION_ID).actor.subject
        assert audit == [
            ("queue_paused", "batch", "provider down", actor),
            ("queue_resumed", "batch", "provider back", actor),
        ]

    async def test_dead_and_unfinished_tasks_stay(self) -> None:
        await self.claimed()
        await self.added()
        await self.let_pass(3600)

        assert await self.housekeeping.move_finished_tasks(10) == 0

    async def test_old_request_ids_and_task_keys_are_forgotten(self) -> None:
        await self.added()
        self.execute("UPDATE task_keys SET created_at = now() - interval '31 days'", [])
        self.execute(
            "INSERT INTO command_requests (organization_id, request_id, fingerprint, target_id,"
            " created_at) SELECT %s, gen_random_uuid(), '', gen_random_uuid(),"
            " now() - age FROM unnest(ARRAY[interval '47 hours', interval '49 hours']) AS age",
            [an_organization_id()],
        )

        keys = await self.housekeeping.delete_old_task_keys(10)
        requests = await self.housekeeping.delete_old_requests(10)

        assert (keys, requests) == (1, 1)

    async def test_partitions_that_are_missing_are_made(self) -> None:
        self.execute(
            "DO $$ BEGIN EXECUTE 'DROP TABLE ' || partition_name('task_history',"
            " date_trunc('day', now(), 'UTC') + interval '3 days'); END $$",
            [],
        )

        made = await self.housekeeping.make_partitions()

        assert [name.rsplit("_", 3)[0] for name in made] == ["task_history"]
        assert await self.housekeeping.make_partitions() == []
