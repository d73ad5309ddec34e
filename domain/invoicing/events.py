"""What happens to invoices, as it stands in the organisation's numbered feed."""

from enum import StrEnum

from domain.invoicing.invoice import Invoice
from domain.transactions import Event


class InvoiceEventType(StrEnum):
    CREATED = "invoice_created"
    SUBMITTED = "invoice_submitted"
    WITHDRAWN = "invoice_withdrawn"
    AUTHORIZED = "invoice_authorized"
    FAILED = "invoice_failed"
    BEGUN_ANEW = "invoice_begun_anew"


def invoice_event(kind: InvoiceEventType, invoice: Invoice) -> Event:
    """Return the event that a changed invoice publishes."""
    return Event(
        type=kind,
        subject_id=invoice.id,
        occurred_at=invoice.updated_at,
        details={"fiscal_state": invoice.fiscal_state, "job_id": str(invoice.job_id)},
    )
