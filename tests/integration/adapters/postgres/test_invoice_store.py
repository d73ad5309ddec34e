"""The invoice store on a real Postgres, and what only a real one can show."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import psycopg
import pytest

from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.job_store import PostgresJobStore
from domain.commands import CommandContext
from domain.directory.customer import CondicionIvaReceptor as CustomerCondition
from domain.directory.customer import DocumentType as CustomerDocumentType
from domain.directory.customer import IdentityDocument
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.identifiers import InvoiceId, OrganizationId, TaskId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.use_cases.submit_invoice import SubmitInvoice, submit_invoice
from domain.jobs.job_state import JobState
from domain.jobs.price_line import PriceLine
from domain.jobs.visit import VisitTimes
from domain.money import Money
from domain.operations.task import LeaseLostError, ParkTask
from tests.contracts.invoice_store import InvoiceStoreContract
from tests.support.builders import a_context, a_job
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.fake_authority import FakeAuthority, Fault
from tests.support.interruptions import Interruptions
from tests.support.invoice_builders import TODAY, a_billable_job
from tests.support.postgres_stores import NotedHints, Tenants, open_transactions
from tests.support.servers import Database
from tests.support.waiting import eventually_true

_RUNNING_TASK = """
INSERT INTO tasks (organization_id, id, created_at, type, tier, state, priority, run_at,
  idempotency_key, payload, max_attempts, fencing_token, lease_expires_at, actor, correlation_id)
VALUES (%(organization_id)s, %(id)s, uuid_extract_timestamp(%(id)s), 'invoice:afip-submit',
  'batch', 'running', 0, now(), %(id)s::text, '{}', 10, %(token)s,
  now() + interval '1 minute', 'platform', 'test')
"""


class TestPostgresInvoiceStore(InvoiceStoreContract):
    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        self.database = database
        self.hints = NotedHints()
        async with open_transactions(database, self.hints) as opener:
            self.tenants = Tenants(opener)
            self.jobs = PostgresJobStore(opener)
            self.store = PostgresInvoiceStore(opener)
            yield

    async def a_tenant(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def with_job(self, organization_id: OrganizationId, job: BillableJob) -> BillableJob:
        receiver = job.receiver
        document = None
        if receiver.document_type is not None:
            document = IdentityDocument(
                type=CustomerDocumentType(receiver.document_type), number=receiver.document_number
            )
        customer = await self.tenants.customer(
            organization_id,
            display_name=receiver.display_name,
            condicion_iva=CustomerCondition(receiver.condicion_iva.name),
            document=document,
            address=receiver.address,
        )
        is_done = job.completed_at is not None
        async with self.jobs.transaction(a_context(organization_id)) as transaction:
            await transaction.add(
                a_job(
                    organization_id,
                    id=job.job_id,
                    number=job.number,
                    customer_id=customer.id,
                    description=job.description,
                    price=job.price,
                    price_lines=tuple(
                        PriceLine(
                            description=line.description,
                            quantity_thousandths=line.quantity_thousandths,
                            unit_price=Money(line.unit_price_minor),
                            iva_rate=line.iva_rate,
                        )
                        for line in job.lines
                    ),
                    state=JobState.COMPLETED if is_done else JobState.IN_PROGRESS,
                    times=VisitTimes(completed_at=job.completed_at),
                )
            )
        return replace(job, customer_id=customer.id)

    async def with_task(self, organization_id: OrganizationId, fencing_token: int) -> TaskId:
        task_id = TaskId(new_id())
        await self.execute(
            _RUNNING_TASK, organization_id=organization_id, id=task_id, token=fencing_token
        )
        return task_id

    async def check_finished(self, context: CommandContext) -> None:
        assert context.task is not None
        rows = await self.execute(
            "SELECT state FROM tasks WHERE id = %(id)s", id=context.task.task_id
        )
        assert rows == [("done",)]

    async def execute(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        connection = await psycopg.AsyncConnection.connect(
            self.database.superuser_url, autocommit=True
        )
        async with connection:
            cursor = await connection.execute(statement.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def test_a_task_whose_lease_ran_out_is_not_held(self) -> None:
        organization_id = await self.a_tenant()
        context = await self.task_context(organization_id, held=3, claimed=3)
        await self.execute("UPDATE tasks SET lease_expires_at = now() - interval '1 second'")

        with pytest.raises(LeaseLostError):
            async with self.store.transaction(context) as transaction:
                await transaction.hold_task()

    async def test_one_number_cannot_be_two_documents_whoever_asks(self) -> None:
        organizations = [await self.a_tenant(), await self.a_tenant()]
        invoices = [await self.stored(organization_id) for organization_id in organizations]
        async with self.store.transaction(a_context(organizations[0])) as transaction:
            await transaction.save(invoices[0].submit(17, TODAY, at=MORNING))

        with pytest.raises(psycopg.errors.UniqueViolation):
            async with self.store.transaction(a_context(organizations[1])) as transaction:
                await transaction.save(invoices[1].submit(17, TODAY, at=MORNING))

    async def test_a_cae_commits_with_its_message_and_task(self) -> None:
        organization_id = await self.a_tenant()
        invoice_id = await self.an_invoice_of_a_job(organization_id)

        invoice = await self.submit(organization_id, invoice_id, FakeAuthority(StoppedClock()))

        rows = await self.execute(
            "SELECT phone_number, template_parameters[4] FROM whatsapp_messages"
        )
        assert rows == [("+5491155550123", invoice.cae)]
        assert [task.type for task in self.hints.tasks] == ["whatsapp:send"]

    async def test_concurrent_submissions_of_a_series_get_a_number_each(self) -> None:
        organization_id = await self.a_tenant()
        ids = [await self.an_invoice_of_a_job(organization_id, number) for number in range(1, 7)]
        authority = FakeAuthority(StoppedClock(), Interruptions(shuffle_seed=1))
        authority.faults.extend([Fault.NONE, Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.LATE])

        async def submit_until_settled(invoice_id: InvoiceId) -> bool:
            with contextlib.suppress(ParkTask, TemporaryError, UnknownOutcomeError):
                await self.submit(organization_id, invoice_id, authority)
            return (await self.store.get(organization_id, invoice_id)).is_settled

        settled = await asyncio.gather(
            *(eventually_true(partial(submit_until_settled, invoice_id)) for invoice_id in ids)
        )

        invoices = [await self.store.get(organization_id, invoice_id) for invoice_id in ids]
        assert all(settled)
        assert {invoice.fiscal_state for invoice in invoices} == {FiscalState.AUTHORIZED}
        assert sorted(invoice.number or 0 for invoice in invoices) == [1, 2, 3, 4, 5, 6]
        assert {number for _, number in authority.documents} == {1, 2, 3, 4, 5, 6}
        assert len({invoice.cae for invoice in invoices}) == 6

    async def an_invoice_of_a_job(
        self, organization_id: OrganizationId, job_number: int = 17
    ) -> InvoiceId:
        job = await self.with_job(organization_id, a_billable_job(number=job_number))
        invoice = await self.stored(organization_id, job_id=job.job_id, customer_id=job.customer_id)
        return invoice.id

    async def submit(
        self, organization_id: OrganizationId, invoice_id: InvoiceId, authority: FakeAuthority
    ) -> Invoice:
        return await submit_invoice(
            self.store,
            authority,
            StoppedClock(),
            context=a_context(organization_id),
            command=SubmitInvoice(invoice_id=invoice_id),
        )
