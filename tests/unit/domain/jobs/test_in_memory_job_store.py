"""The fake of the job store keeps the promises of the real one."""

from dataclasses import replace

import pytest

from domain.commands import Role
from domain.identifiers import CustomerId, MemberId, OrganizationId
from domain.jobs.job import Job
from tests.contracts.job_store import JobStoreContract
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_jobs import InMemoryJobStore


class TestInMemoryJobStore(JobStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.memory = InMemoryJobStore()
        self.store = self.memory

    async def a_tenant(self) -> OrganizationId:
        return an_organization_id()

    async def with_customer(self, job: Job) -> Job:
        customer_id = CustomerId(new_id())
        self.memory.customers.add((job.organization_id, customer_id))
        return replace(job, customer_id=customer_id)

    async def a_technician(self, organization_id: OrganizationId) -> MemberId:
        member_id = MemberId(new_id())
        self.memory.members[organization_id, member_id] = frozenset({Role.TECHNICIAN})
        return member_id
