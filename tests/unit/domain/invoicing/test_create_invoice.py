"""A completed job is invoiced when somebody asks: for the first time, or anew after a failure."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.errors import NotFoundError
from domain.identifiers import JobId, OrganizationId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.fiscal_rule import FiscalRuleError
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.making import FiscalProfileMissingError, JobNotCompletedError
from domain.invoicing.use_cases.create_invoice import CreateInvoice, create_invoice
from domain.money import Money
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_invoices import InMemoryInvoiceStore
from tests.support.invoice_builders import A_FAILURE, TODAY, a_billable_job, a_company, an_invoice


class Scene:
    """An organisation with a completed job, and perhaps an invoice of it."""

    def __init__(self, **particular: Any) -> None:
        self.organization_id: OrganizationId = an_organization_id()
        self.job: BillableJob = a_billable_job(**particular)
        self.store = InMemoryInvoiceStore()
        self.store.billable_jobs[self.organization_id, self.job.job_id] = self.job

    def with_invoice(self, state: FiscalState, **particular: Any) -> Invoice:
        invoice = an_invoice(
            self.organization_id, job_id=self.job.job_id, fiscal_state=state, **particular
        )
        self.store.invoices[invoice.id] = invoice
        return invoice

    async def create(
        self, *, job_id: JobId | None = None, request_id: UUID | None = None
    ) -> Invoice:
        return await create_invoice(
            self.store,
            StoppedClock(),
            Uuid7Source(),
            context=a_context(self.organization_id, request_id=request_id),
            command=CreateInvoice(job_id=job_id or self.job.job_id),
        )

    @property
    def submissions(self) -> list[str]:
        return [task.idempotency_key for task in self.store.ledger.tasks.values()]


async def test_a_job_without_an_invoice_gets_one_that_is_submitted() -> None:
    scene = Scene()

    invoice = await scene.create()

    assert scene.store.invoices == {invoice.id: invoice}
    assert invoice.fiscal_state is FiscalState.PENDING
    assert scene.submissions == [str(invoice.id)]


async def test_a_failed_invoice_is_made_anew_of_what_is_true_today() -> None:
    scene = Scene(receiver=a_company(), price=Money(24_200_000))
    failed = scene.with_invoice(FiscalState.FAILED, failure=A_FAILURE, version=4)

    invoice = await scene.create()

    assert (invoice.id, invoice.created_at) == (failed.id, failed.created_at)
    assert (invoice.fiscal_state, invoice.failure) == (FiscalState.PENDING, None)
    assert invoice.receiver == scene.job.receiver
    assert invoice.total == Money(24_200_000)
    assert invoice.version == 5
    assert scene.store.invoices == {invoice.id: invoice}


async def test_each_new_beginning_is_submitted_by_a_task_of_its_own() -> None:
    scene = Scene()
    failed = scene.with_invoice(FiscalState.FAILED, failure=A_FAILURE, version=4)
    first = await scene.create()
    scene.store.invoices[failed.id] = replace(first.fail(A_FAILURE, MORNING))

    await scene.create()

    assert scene.submissions == [f"{failed.id}:5", f"{failed.id}:7"]


@pytest.mark.parametrize(
    "state", [FiscalState.PENDING, FiscalState.SUBMITTED, FiscalState.AUTHORIZED]
)
async def test_an_invoice_that_did_not_fail_stays_as_it_is(state: FiscalState) -> None:
    scene = Scene()
    known = scene.with_invoice(state)

    invoice = await scene.create()

    assert invoice == known
    assert not scene.submissions


async def test_a_repeat_under_the_same_request_id_begins_nothing_anew() -> None:
    scene = Scene()
    scene.with_invoice(FiscalState.FAILED, failure=A_FAILURE, version=4)
    request_id = uuid4()
    begun = await scene.create(request_id=request_id)
    failed_again = begun.fail(A_FAILURE, MORNING)
    scene.store.invoices[begun.id] = failed_again

    invoice = await scene.create(request_id=request_id)

    assert invoice == failed_again
    assert len(scene.submissions) == 1


async def test_what_arca_would_refuse_changes_nothing() -> None:
    scene = Scene(receiver=a_company(document_number=""))
    failed = scene.with_invoice(FiscalState.FAILED, failure=A_FAILURE)

    with pytest.raises(FiscalRuleError) as refusal:
        await scene.create()

    assert refusal.value.metadata["field"]
    assert scene.store.invoices == {failed.id: failed}
    assert not scene.submissions


async def test_what_cannot_be_invoiced_is_refused_by_name() -> None:
    unfinished, without_profile = Scene(completed_at=None), Scene(issuer=None)

    with pytest.raises(JobNotCompletedError):
        await unfinished.create()
    with pytest.raises(FiscalProfileMissingError):
        await without_profile.create()
    with pytest.raises(NotFoundError):
        await Scene().create(job_id=JobId(new_id()))


async def test_the_late_invoice_is_due_no_earlier_than_today() -> None:
    scene = Scene()

    invoice = await scene.create()

    assert invoice.payment_due_date >= TODAY
