"""A completed job becomes an invoice, once for ever."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.clock import Clock, business_day
from domain.commands import CommandContext
from domain.identifiers import IdSource, InvoiceId, JobId
from domain.invoicing.events import InvoiceEventType, invoice_event
from domain.invoicing.fiscal_rule import FiscalRuleError
from domain.invoicing.invoice import Failure, FiscalState, Invoice
from domain.invoicing.making import FiscalProfileMissingError, make_invoice, submission_of
from domain.invoicing.ports import InvoiceStore, InvoiceTransaction
from domain.operations.task import ParkTask

PROFILE_MISSING_PARK_SECONDS = 3600.0


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
        now = clock.now()
        try:
            made = make_invoice(job, context.organization_id, InvoiceId(ids.new_id()), now=now)
        except FiscalProfileMissingError as error:
            raise ParkTask(PROFILE_MISSING_PARK_SECONDS, "fiscal_profile_missing") from error
        return await add_invoice(transaction, _checked(made, now))


async def add_invoice(transaction: InvoiceTransaction, invoice: Invoice) -> Invoice:
    """Store a new invoice with all that follows; return the one that its job got meanwhile."""
    stored = await transaction.add(invoice)
    if stored.id != invoice.id:
        return stored
    transaction.audit(
        InvoiceEventType.CREATED,
        invoice.id,
        job_id=str(invoice.job_id),
        comprobante_tipo=int(invoice.comprobante_tipo),
        total_minor=invoice.amounts.total_minor,
    )
    transaction.publish(invoice_event(InvoiceEventType.CREATED, invoice))
    if invoice.fiscal_state is FiscalState.FAILED:
        transaction.publish(invoice_event(InvoiceEventType.FAILED, invoice))
    else:
        transaction.dispatch(submission_of(invoice))
    return invoice


def _checked(invoice: Invoice, now: datetime) -> Invoice:
    try:
        invoice.check(issue_date=business_day(now))
    except FiscalRuleError as error:
        return replace(invoice.fail(Failure.from_rule(error), now), version=1)
    return invoice
