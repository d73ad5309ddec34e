"""What an invoice takes over from a completed job, its customer and the business."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from domain.clock import business_day
from domain.errors import PreconditionError
from domain.identifiers import InvoiceId, JobId, OrganizationId, birth_time
from domain.invoicing.amounts import Amounts
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante_tipo import ComprobanteTipo, comprobante_tipo_for
from domain.invoicing.dates import PAYMENT_TERM
from domain.invoicing.fiscal_rule import AmountsRefusedError
from domain.invoicing.invoice import Invoice
from domain.iva import IvaRate
from domain.transactions import NewTask

CURRENCY = "ARS"


class JobNotCompletedError(PreconditionError):
    reason = "JOB_NOT_COMPLETED"

    def __init__(self, job_id: JobId) -> None:
        super().__init__("Only a completed job is invoiced.", job_id=job_id)


class FiscalProfileMissingError(PreconditionError):
    """The organisation has not said under which CUIT and from where it issues invoices."""

    reason = "FISCAL_PROFILE_MISSING"

    def __init__(self) -> None:
        super().__init__("The organisation has no fiscal profile to issue invoices with.")


def make_invoice(
    job: BillableJob, organization_id: OrganizationId, invoice_id: InvoiceId, *, now: datetime
) -> Invoice:
    """Return a job's invoice, not checked yet; one that is made late is due later.

    Raises JobNotCompletedError, FiscalProfileMissingError, AmountsRefusedError.
    """
    if job.completed_at is None:
        raise JobNotCompletedError(job.job_id)
    if job.price.currency != CURRENCY:
        raise AmountsRefusedError(
            "Invoices are made out in pesos.",
            field="job.price",
            explanation="Solo se pueden facturar trabajos en pesos.",
        )
    if job.issuer is None:
        raise FiscalProfileMissingError
    tipo = comprobante_tipo_for(job.issuer.condicion_iva, job.receiver.condicion_iva)
    service_day = business_day(job.completed_at)
    return Invoice(
        id=invoice_id,
        organization_id=organization_id,
        job_id=job.job_id,
        job_number=job.number,
        customer_id=job.customer_id,
        issuer=job.issuer,
        receiver=job.receiver,
        comprobante_tipo=tipo,
        description=job.description,
        amounts=_amounts(job, tipo),
        lines=job.lines,
        service_from=service_day,
        service_to=service_day,
        payment_due_date=max(service_day + PAYMENT_TERM, business_day(now)),
        created_at=birth_time(invoice_id),
        updated_at=birth_time(invoice_id),
    )


def submission_of(invoice: Invoice) -> NewTask:
    """Return the task that submits an invoice; each making of it has one of its own."""
    making = "" if invoice.version == 1 else f":{invoice.version}"
    return NewTask(
        type="invoice:afip-submit",
        payload={"invoice_id": str(invoice.id)},
        idempotency_key=f"{invoice.id}{making}",
    )


def remade(failed: Invoice, made: Invoice, at: datetime) -> Invoice:
    """Return an invoice that failed, begun anew with what it would be made of today."""
    begun = failed.begin_anew(at)
    return replace(
        made,
        id=begun.id,
        created_at=begun.created_at,
        payment_state=begun.payment_state,
        version=begun.version,
        updated_at=begun.updated_at,
    )


def _amounts(job: BillableJob, tipo: ComprobanteTipo) -> Amounts:
    if tipo is ComprobanteTipo.FACTURA_C:
        return Amounts.without_iva(job.price.minor)
    if not job.lines:
        return Amounts.including_iva(job.price.minor)
    totals: Counter[IvaRate] = Counter()
    for line in job.lines:
        totals[line.iva_rate] += line.total_minor
    # A rate at which nothing is charged has no place in the document.
    return Amounts.of_rates({rate: total for rate, total in totals.items() if total})
