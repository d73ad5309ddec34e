"""Somebody of the business has a completed job invoiced that has no invoice, or one that failed."""

from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock, business_day
from domain.commands import CommandContext
from domain.identifiers import IdSource, InvoiceId, JobId
from domain.invoicing.events import InvoiceEventType, invoice_event
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.making import make_invoice, remade, submission_of
from domain.invoicing.ports import InvoiceStore, InvoiceTransaction
from domain.invoicing.use_cases.generate_invoice import add_invoice


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInvoice:
    job_id: JobId


async def create_invoice(
    store: InvoiceStore,
    clock: Clock,
    ids: IdSource,
    *,
    context: CommandContext,
    command: CreateInvoice,
) -> Invoice:
    """Make a job's invoice, or its failed one anew, and have it submitted.

    An invoice that did not fail is returned as it is. What ARCA would refuse is refused here, and
    nothing changes. Raises NotFoundError, JobNotCompletedError, FiscalProfileMissingError,
    FiscalRuleError.
    """
    now = clock.now()
    async with store.transaction(context) as transaction:
        is_repeat = await transaction.claim(command, command.job_id) is not None
        known = await transaction.invoice_of_job(command.job_id)
        if known is None:
            made = await _made(
                transaction,
                context,
                command=command,
                invoice_id=InvoiceId(ids.new_id()),
                now=now,
            )
            return await add_invoice(transaction, made)
        # Read again under its lock: it may have begun anew meanwhile.
        invoice = await transaction.invoice(known.id)
        if is_repeat or invoice.fiscal_state is not FiscalState.FAILED:
            return invoice
        made = await _made(transaction, context, command=command, invoice_id=invoice.id, now=now)
        invoice = remade(invoice, made, now)
        await transaction.save(invoice)
        transaction.audit(
            InvoiceEventType.BEGUN_ANEW,
            invoice.id,
            comprobante_tipo=int(invoice.comprobante_tipo),
            total_minor=invoice.amounts.total_minor,
        )
        transaction.publish(invoice_event(InvoiceEventType.BEGUN_ANEW, invoice))
        transaction.dispatch(submission_of(invoice))
    return invoice


async def _made(
    transaction: InvoiceTransaction,
    context: CommandContext,
    *,
    command: CreateInvoice,
    invoice_id: InvoiceId,
    now: datetime,
) -> Invoice:
    job = await transaction.billable_job(command.job_id)
    invoice = make_invoice(job, context.organization_id, invoice_id, now=now)
    invoice.check(issue_date=business_day(now))
    return invoice
