"""Somebody looks at one invoice."""

from domain.identifiers import InvoiceId, OrganizationId
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceStore


async def get_invoice(
    store: InvoiceStore, organization_id: OrganizationId, invoice_id: InvoiceId
) -> Invoice:
    """Return an invoice; raise NotFoundError."""
    return await store.get(organization_id, invoice_id)
