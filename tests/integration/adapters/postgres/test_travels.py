"""Who is on the way, read from the jobs and remembered for some seconds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.postgres.job_store import PostgresJobStore
from adapters.postgres.pools import create_pool
from adapters.postgres.travels import PostgresTravels
from domain.identifiers import MemberId, OrganizationId
from domain.jobs.job_state import JobState
from tests.support.builders import a_context, a_job
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database


class TestPostgresTravels:
    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.pool = opener.pool
            self.tenants = Tenants(opener)
            self.jobs = PostgresJobStore(opener)
            yield

    async def sent(self, organization_id: OrganizationId, state: JobState) -> MemberId:
        """Return a technician who has a job in this state."""
        technician = await self.tenants.member(organization_id)
        customer = await self.tenants.customer(organization_id)
        job = a_job(
            organization_id, customer_id=customer.id, technician_id=technician.id, state=state
        )
        async with self.jobs.transaction(a_context(organization_id)) as transaction:
            await transaction.add(replace(job, number=await transaction.next_number()))
        return technician.id

    async def test_only_technicians_on_the_way_are_named(self) -> None:
        organization = await self.tenants.organization()
        on_the_way = await self.sent(organization.id, JobState.EN_ROUTE)
        await self.sent(organization.id, JobState.ASSIGNED)
        await self.sent(organization.id, JobState.ARRIVED)
        await self.sent((await self.tenants.organization()).id, JobState.EN_ROUTE)

        named = await PostgresTravels(self.pool).technicians_en_route(organization.id)

        assert named == {on_the_way}

    async def test_what_was_read_is_remembered_for_some_seconds(self) -> None:
        organization = await self.tenants.organization()
        travels = PostgresTravels(self.pool, fresh_seconds=60)
        before = await travels.technicians_en_route(organization.id)

        await self.sent(organization.id, JobState.EN_ROUTE)
        soon = await travels.technicians_en_route(organization.id)

        assert before == soon == frozenset()

    async def test_what_is_old_is_read_again(self) -> None:
        organization = await self.tenants.organization()
        travels = PostgresTravels(self.pool, fresh_seconds=0)
        await travels.technicians_en_route(organization.id)

        technician_id = await self.sent(organization.id, JobState.EN_ROUTE)

        assert await travels.technicians_en_route(organization.id) == {technician_id}

    async def test_a_crowd_that_asks_at_once_reads_once(self) -> None:
        organization = await self.tenants.organization()
        technician_id = await self.sent(organization.id, JobState.EN_ROUTE)
        travels = PostgresTravels(self.pool)

        answers = await asyncio.gather(
            *(travels.technicians_en_route(organization.id) for _ in range(50))
        )

        assert answers[0] == {technician_id}
        assert set(answers[1:]) == {frozenset()}

    async def test_without_the_database_nobody_is_known_to_be_on_the_way(self) -> None:
        nowhere = create_pool("host=127.0.0.1 port=1", name="test", timeout_seconds=0.1)
        await nowhere.open()

        named = await PostgresTravels(nowhere).technicians_en_route(
            (await self.tenants.organization()).id
        )
        await nowhere.close()

        assert named == frozenset()
