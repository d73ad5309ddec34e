"""A completed job becomes an invoice, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.clock import Uuid7Source
from domain.errors import NotFoundError
from domain.identifiers import JobId, OrganizationId, TaskId
from domain.invoicing.amounts import IvaLine
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante_tipo import ComprobanteTipo
from domain.invoicing.fiscal_rule import AmountsRefusedError
from domain.invoicing.invoice import FiscalState, Invoice, PaymentState
from domain.invoicing.issuer import CondicionIva
from domain.invoicing.making import JobNotCompletedError
from domain.invoicing.use_cases.generate_invoice import GenerateInvoice, generate_invoice
from domain.iva import IvaRate
from domain.money import Money
from domain.operations.task import LeaseLostError, ParkTask
from tests.support.builders import an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_invoices import InMemoryInvoiceStore
from tests.support.invoice_builders import (
    TODAY,
    a_billable_job,
    a_company,
    a_line,
    a_receiver,
    a_task_context,
    an_issuer,
)


class Scene:
    """An organisation with a completed job, and the task that invoices it."""

    def __init__(self, clock: StoppedClock | None = None, **particular: Any) -> None:
        self.organization_id: OrganizationId = an_organization_id()
        self.job: BillableJob = a_billable_job(**particular)
        self.store = InMemoryInvoiceStore()
        self.store.billable_jobs[self.organization_id, self.job.job_id] = self.job
        self.clock = clock or StoppedClock()
        self.task_id = TaskId(new_id())
        self.store.task_holders[self.task_id] = 1

    async def generate(self, *, fencing_token: int = 1, job_id: JobId | None = None) -> Invoice:
        return await generate_invoice(
            self.store,
            self.clock,
            Uuid7Source(),
            context=a_task_context(
                self.organization_id, task_id=self.task_id, fencing_token=fencing_token
            ),
            command=GenerateInvoice(job_id=job_id or self.job.job_id),
        )


async def test_a_completed_job_becomes_a_pending_invoice_with_what_it_needs() -> None:
    scene = Scene()

    invoice = await scene.generate()

    assert scene.store.invoices == {invoice.id: invoice}
    assert (invoice.fiscal_state, invoice.payment_state) == (
        FiscalState.PENDING,
        PaymentState.UNPAID,
    )
    assert (invoice.issuer, invoice.receiver) == (scene.job.issuer, scene.job.receiver)
    assert (invoice.job_id, invoice.job_number) == (scene.job.job_id, 17)
    assert invoice.comprobante_tipo is ComprobanteTipo.FACTURA_B
    assert (invoice.amounts.net_minor, invoice.amounts.iva_minor) == (10_000_000, 2_100_000)
    assert (invoice.service_from, invoice.service_to) == (TODAY, TODAY)
    assert invoice.payment_due_date == TODAY + timedelta(days=10)


LINES = (
    a_line(total_minor=12_100, iva_rate=IvaRate.TWENTY_ONE),
    a_line(total_minor=11_051, iva_rate=IvaRate.TEN_AND_A_HALF),
    a_line(total_minor=24_200, iva_rate=IvaRate.TWENTY_ONE),
    a_line(total_minor=0, iva_rate=IvaRate.TWENTY_SEVEN),
)


async def test_an_invoice_copies_the_lines_and_splits_each_rate_of_its_own() -> None:
    scene = Scene(price=Money(47_351), lines=LINES)

    invoice = await scene.generate()

    assert invoice.lines == LINES
    assert invoice.fiscal_state is FiscalState.PENDING
    assert invoice.amounts.total_minor == 47_351
    assert invoice.amounts.iva_lines == (
        IvaLine(IvaRate.TEN_AND_A_HALF, 10_001, 1_050),
        IvaLine(IvaRate.TWENTY_ONE, 30_000, 6_300),
    )


async def test_class_c_shows_the_lines_and_no_vat() -> None:
    scene = Scene(
        price=Money(47_351),
        lines=LINES,
        issuer=an_issuer(condicion_iva=CondicionIva.MONOTRIBUTO),
    )

    invoice = await scene.generate()

    assert invoice.lines == LINES
    assert (invoice.amounts.total_minor, invoice.amounts.net_minor) == (47_351, 47_351)
    assert invoice.amounts.iva_lines == ()


async def test_submitting_audit_and_event_are_part_of_the_same_commit() -> None:
    scene = Scene()

    invoice = await scene.generate()

    (task,) = scene.store.ledger.tasks.values()
    assert (task.type, task.payload) == ("invoice:afip-submit", {"invoice_id": str(invoice.id)})
    assert task.idempotency_key == str(invoice.id)
    assert scene.store.ledger.audits == [("invoice_created", invoice.id)]
    assert [event.type for _, _, event in scene.store.ledger.events] == ["invoice_created"]
    assert scene.store.ledger.finished_tasks == [scene.task_id]


async def test_a_job_is_invoiced_once_for_ever() -> None:
    scene = Scene()

    first = await scene.generate()
    again = await scene.generate()

    assert again == first
    assert len(scene.store.invoices) == 1
    assert len(scene.store.ledger.events) == 1
    assert len(scene.store.ledger.finished_tasks) == 2


async def test_a_worker_that_lost_the_task_leaves_nothing_behind() -> None:
    scene = Scene()
    scene.store.task_holders[scene.task_id] = 2

    with pytest.raises(LeaseLostError):
        await scene.generate(fencing_token=1)

    assert not scene.store.invoices


@pytest.mark.parametrize(
    ("particular", "tipo"),
    [
        ({"receiver": a_company()}, ComprobanteTipo.FACTURA_A),
        ({"receiver": a_receiver()}, ComprobanteTipo.FACTURA_B),
        (
            {"issuer": an_issuer(condicion_iva=CondicionIva.MONOTRIBUTO)},
            ComprobanteTipo.FACTURA_C,
        ),
    ],
)
async def test_issuer_and_receiver_decide_the_class(
    particular: dict[str, Any], tipo: ComprobanteTipo
) -> None:
    scene = Scene(**particular)

    invoice = await scene.generate()

    assert invoice.comprobante_tipo is tipo
    assert bool(invoice.amounts.iva_lines) == (tipo is not ComprobanteTipo.FACTURA_C)


async def test_the_service_day_is_the_one_in_argentina() -> None:
    late_in_the_evening = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    scene = Scene(completed_at=late_in_the_evening)

    invoice = await scene.generate()

    assert invoice.service_to == date(2026, 11, 19)


async def test_an_invoice_made_late_is_due_the_day_it_is_made() -> None:
    clock = StoppedClock()
    clock.advance(timedelta(days=30))
    scene = Scene(clock, completed_at=MORNING)

    invoice = await scene.generate()

    assert invoice.payment_due_date == TODAY + timedelta(days=30)


async def test_an_invoice_that_breaks_a_rule_is_made_failed_and_tells_the_owner() -> None:
    anonymous = a_receiver(document_type=None, document_number="")
    scene = Scene(receiver=anonymous, price=Money(10_000_000_00))

    invoice = await scene.generate()

    assert invoice.fiscal_state is FiscalState.FAILED
    assert invoice.failure is not None
    assert invoice.failure.code == "INVOICE_RECEIVER_REFUSED"
    assert "cargá su DNI o CUIT" in invoice.failure.message
    assert invoice.failure.detail.startswith("receiver.document: ")
    assert not scene.store.ledger.tasks
    assert [event.type for _, _, event in scene.store.ledger.events] == [
        "invoice_created",
        "invoice_failed",
    ]


async def test_a_job_that_is_not_done_is_not_invoiced() -> None:
    scene = Scene(completed_at=None)

    with pytest.raises(JobNotCompletedError):
        await scene.generate()


async def test_a_job_in_another_currency_is_not_invoiced() -> None:
    scene = Scene(price=Money(100, "USD"))

    with pytest.raises(AmountsRefusedError):
        await scene.generate()


async def test_without_a_fiscal_profile_the_invoice_waits_for_one() -> None:
    scene = Scene(issuer=None)

    with pytest.raises(ParkTask) as parked:
        await scene.generate()

    assert parked.value.parked_reason == "fiscal_profile_missing"


async def test_a_job_that_never_was_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        await Scene().generate(job_id=JobId(new_id()))
