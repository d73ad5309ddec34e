"""The job store on a real Postgres, and what only a real one can show."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from adapters.postgres.job_store import PostgresJobStore
from domain.commands import PLATFORM_ACTOR
from domain.identifiers import MemberId, OrganizationId
from domain.jobs.double_booking import TechnicianDoubleBookedError
from domain.jobs.job import CancelReason, Job
from domain.jobs.job_changes import JobChanges
from domain.jobs.job_state import JobState
from domain.jobs.ports import JobFilter
from domain.jobs.schedule import Schedule
from domain.jobs.use_cases.assign_job import AssignJob, assign_job
from domain.jobs.use_cases.cancel_job import CancelJob, cancel_job
from domain.jobs.use_cases.complete_job import CompleteJob, complete_job
from domain.jobs.use_cases.update_job import UpdateJob, update_job
from domain.pages import PageRequest
from tests.contracts.job_store import JobStoreContract
from tests.support.builders import a_context
from tests.support.clocks import MORNING, StoppedClock
from tests.support.postgres_stores import NotedHints, Tenants, open_transactions
from tests.support.servers import Database
from tests.support.waiting import eventually_true


async def waits_for_a_lock(database: Database) -> bool:
    connection = await psycopg.AsyncConnection.connect(database.superuser_url, autocommit=True)
    async with connection:
        cursor = await connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return await cursor.fetchone() is not None


class TestPostgresJobStore(JobStoreContract):
    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        self.hints = NotedHints()
        async with open_transactions(database, self.hints) as opener:
            self.tenants = Tenants(opener)
            self.store = PostgresJobStore(opener)
            yield

    async def a_tenant(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def with_customer(self, job: Job) -> Job:
        customer = await self.tenants.customer(job.organization_id)
        return replace(job, customer_id=customer.id)

    async def a_technician(self, organization_id: OrganizationId) -> MemberId:
        return (await self.tenants.member(organization_id)).id

    async def test_completing_a_job_hands_over_its_invoice_after_the_commit(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.stored(organization_id, state=JobState.IN_PROGRESS)

        await complete_job(
            self.store,
            StoppedClock(),
            context=a_context(organization_id, actor=PLATFORM_ACTOR),
            command=CompleteJob(job_id=job.id, work_summary="Listo"),
        )

        assert [task.type for task in self.hints.tasks] == ["invoice:generate"]
        assert self.hints.organizations == [organization_id, organization_id]

    async def test_of_two_who_book_one_technician_the_second_sees_what_the_first_did(
        self, database: Database
    ) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        first, second = [
            await self.stored(organization_id, schedule=Schedule(starts_at=MORNING))
            for _ in range(2)
        ]

        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.locked_member_roles(technician)
            booking = asyncio.create_task(self.assign(second, technician))
            assert await eventually_true(lambda: waits_for_a_lock(database))
            await transaction.save(first.assign_to(technician, MORNING, expected=None))

        with pytest.raises(TechnicianDoubleBookedError) as refusal:
            await booking
        assert refusal.value.metadata["job"] == str(first.id)

    async def test_of_many_who_book_one_technician_for_one_hour_one_succeeds(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        jobs = [
            await self.stored(organization_id, schedule=Schedule(starts_at=MORNING))
            for _ in range(8)
        ]

        endings = await asyncio.gather(
            *(self.assign(job, technician) for job in jobs), return_exceptions=True
        )

        refused = [ending for ending in endings if isinstance(ending, TechnicianDoubleBookedError)]
        page = await self.store.list(
            organization_id, JobFilter(technician_id=technician), PageRequest()
        )
        assert len(refused) == len(jobs) - 1
        assert len(page.items) == 1

    async def test_of_an_assignment_and_a_new_time_one_succeeds(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        later = Schedule(starts_at=MORNING + timedelta(hours=5))
        for _ in range(5):
            coming = await self.stored(organization_id, schedule=Schedule(starts_at=MORNING))
            going = await self.assign(
                await self.stored(organization_id, schedule=later), technician
            )

            endings = await asyncio.gather(
                self.assign(coming, technician),
                self.move(going, MORNING),
                return_exceptions=True,
            )

            refused = [isinstance(each, TechnicianDoubleBookedError) for each in endings]
            assert sorted(refused) == [False, True]
            await self.close(coming, going)

    async def assign(self, job: Job, technician: MemberId) -> Job:
        return await assign_job(
            self.store,
            StoppedClock(),
            context=a_context(job.organization_id),
            command=AssignJob(job_id=job.id, technician_id=technician),
        )

    async def move(self, job: Job, starts_at: datetime) -> Job:
        return await update_job(
            self.store,
            StoppedClock(),
            context=a_context(job.organization_id),
            command=UpdateJob(
                job_id=job.id,
                changes=JobChanges(starts_at=starts_at),
                expected_version=job.version,
            ),
        )

    async def close(self, *jobs: Job) -> None:
        for job in jobs:
            await cancel_job(
                self.store,
                StoppedClock(),
                context=a_context(job.organization_id),
                command=CancelJob(job_id=job.id, reason=CancelReason.DUPLICATE),
            )

    async def test_concurrent_jobs_get_numbers_of_their_own(self) -> None:
        organization_id = await self.a_tenant()

        jobs = await asyncio.gather(*(self.stored(organization_id) for _ in range(8)))

        assert sorted(job.number for job in jobs) == list(range(1, 9))
