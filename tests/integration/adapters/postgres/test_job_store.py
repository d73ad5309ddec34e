"""The job store on a real Postgres, and what only a real one can show."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.postgres.job_store import PostgresJobStore
from domain.commands import PLATFORM_ACTOR
from domain.identifiers import MemberId, OrganizationId
from domain.jobs.job import Job
from domain.jobs.job_state import JobState
from domain.jobs.use_cases.complete_job import CompleteJob, complete_job
from tests.contracts.job_store import JobStoreContract
from tests.support.builders import a_context
from tests.support.clocks import StoppedClock
from tests.support.postgres_stores import NotedHints, Tenants, open_transactions
from tests.support.servers import Database


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

    async def test_concurrent_jobs_get_numbers_of_their_own(self) -> None:
        organization_id = await self.a_tenant()

        jobs = await asyncio.gather(*(self.stored(organization_id) for _ in range(8)))

        assert sorted(job.number for job in jobs) == list(range(1, 9))
