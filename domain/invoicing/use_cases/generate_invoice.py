"""A completed job becomes an invoice, once for ever."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from domain.clock import Clock, business_day
from domain.commands import CommandContext
from domain.errors import PreconditionError
from domain.identifiers import IdSource, InvoiceId, JobId, birth_time
from domain.invoicing.amounts import Amounts
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante_tipo import ComprobanteTipo, comprobante_tipo_for
from domain.invoicing.dates import PAYMENT_TERM
from domain.invoicing.events import InvoiceEventType, invoice_event
from domain.invoicing.fiscal_rule import AmountsRefusedError, FiscalRuleError
from domain.invoicing.invoice import Failure, FiscalState, Invoice
from domain.invoicing.ports import InvoiceStore
from domain.iva import IvaRate
from domain.operations.task import ParkTask
from domain.transactions import NewTask

CURRENCY = "ARS"
PROFILE_MISSING_PARK_SECONDS = 3600.0


class JobNotCompletedError(PreconditionError):
    reason = "JOB_NOT_COMPLETED"

    def __init__(self, job_id: JobId) -> None:
        super().__init__("Only a completed job is invoiced.", job_id=job_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateInvoice:
    job_id: JobId


async def generate_invoice(
    store: InvoiceStore,
    clock: Clock,
    ids: IdSource,
    *,
    context: CommandContext,
    command: GenerateInvoice,
) -> Invoice:
    """Make a job's invoice and have it submitted; return the one there is if it was made before.

    An invoice that ARCA would refuse for its content is made FAILED, so that the owner sees why.
    Raises NotFoundError, JobNotCompletedError, and ParkTask while the organisation has no fiscal
    profile to issue anything with.
    """
    async with store.transaction(context) as transaction:
        transaction.finish_task()
        known = await transaction.invoice_of_job(command.job_id)
        if known is not None:
            return known
        job = await transaction.billable_job(command.job_id)
        invoice = _checked(_invoice_of(job, context, InvoiceId(ids.new_id())), clock.now())
        stored = await transaction.add(invoice)
        if stored.id != invoice.id:
            return stored
        transaction.audit(
            InvoiceEventType.CREATED,
            invoice.id,
            job_id=str(job.job_id),
            comprobante_tipo=int(invoice.comprobante_tipo),
            total_minor=invoice.amounts.total_minor,
        )
        transaction.publish(invoice_event(InvoiceEventType.CREATED, invoice))
        if invoice.fiscal_state is FiscalState.FAILED:
            transaction.publish(invoice_event(InvoiceEventType.FAILED, invoice))
        else:
            transaction.dispatch(_submission(invoice))
    return invoice


def _invoice_of(job: BillableJob, context: CommandContext, invoice_id: InvoiceId) -> Invoice:
    if job.completed_at is None:
        raise JobNotCompletedError(job.job_id)
    if job.price.currency != CURRENCY:
        raise AmountsRefusedError(
            "Invoices are made out in pesos.",
            field="job.price",
            explanation="Solo se pueden facturar trabajos en pesos.",
        )
    if job.issuer is None:
        raise ParkTask(PROFILE_MISSING_PARK_SECONDS, "fiscal_profile_missing")
    tipo = comprobante_tipo_for(job.issuer.condicion_iva, job.receiver.condicion_iva)
    service_day = business_day(job.completed_at)
    return Invoice(
        id=invoice_id,
        organization_id=context.organization_id,
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
        payment_due_date=service_day + PAYMENT_TERM,
        created_at=birth_time(invoice_id),
        updated_at=birth_time(invoice_id),
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


def _checked(invoice: Invoice, now: datetime) -> Invoice:
    today = business_day(now)
    # A late invoice is due later: the day it is sent moves the due date along.
    due = replace(invoice, payment_due_date=max(invoice.payment_due_date, today))
    try:
        due.check(issue_date=today)
    except FiscalRuleError as error:
        return replace(due.fail(Failure.from_rule(error), now), version=1)
    return due


def _submission(invoice: Invoice) -> NewTask:
    return NewTask(
        type="invoice:afip-submit",
        payload={"invoice_id": str(invoice.id)},
        idempotency_key=str(invoice.id),
    )
