"""The fake of the invoice store keeps the promises of the real one."""

from dataclasses import replace

import pytest

from domain.commands import CommandContext
from domain.identifiers import OrganizationId, TaskId
from domain.invoicing.billable_job import BillableJob
from tests.contracts.invoice_store import InvoiceStoreContract
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_invoices import InMemoryInvoiceStore


class TestInMemoryInvoiceStore(InvoiceStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.memory = InMemoryInvoiceStore()
        self.store = self.memory

    async def a_tenant(self) -> OrganizationId:
        return an_organization_id()

    async def with_job(self, organization_id: OrganizationId, job: BillableJob) -> BillableJob:
        self.memory.billable_jobs[organization_id, job.job_id] = replace(job)
        self.memory.phone_numbers[organization_id, job.customer_id] = "+5491155550123"
        return job

    async def with_task(self, organization_id: OrganizationId, fencing_token: int) -> TaskId:
        task_id = TaskId(new_id())
        self.memory.task_holders[task_id] = fencing_token
        return task_id

    async def check_finished(self, context: CommandContext) -> None:
        assert context.task is not None
        assert self.memory.ledger.finished_tasks == [context.task.task_id]
