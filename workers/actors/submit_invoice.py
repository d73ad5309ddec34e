"""`invoice:afip-submit`: bring one invoice to its CAE."""

from domain.clock import Clock
from domain.identifiers import InvoiceId
from domain.invoicing.ports import FiscalAuthorities, InvoiceStore
from domain.invoicing.use_cases.submit_invoice import SubmitInvoice
from domain.invoicing.use_cases.submit_invoice import submit_invoice as submit
from workers.task_run import Handler, TaskRun


def submit_invoice(store: InvoiceStore, authorities: FiscalAuthorities, clock: Clock) -> Handler:
    """Return the handler; its payload is `invoice_id`."""

    async def handle(run: TaskRun) -> None:
        command = SubmitInvoice(invoice_id=InvoiceId(run.id_of("invoice_id")))
        invoice = await store.get(run.organization_id, command.invoice_id)
        authority = await authorities.of(run.organization_id, invoice.issuer.cuit)
        await submit(store, authority, clock, context=run.context, command=command)

    return handle
