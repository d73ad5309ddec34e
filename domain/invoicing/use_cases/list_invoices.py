"""Somebody looks through the invoices, newest first."""

from domain.identifiers import OrganizationId
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceFilter, InvoiceStore
from domain.pages import Page, PageRequest


async def list_invoices(
    store: InvoiceStore,
    *,
    organization_id: OrganizationId,
    wanted: InvoiceFilter,
    page: PageRequest,
) -> Page[Invoice]:
    """Return a page of invoices."""
    return await store.list(organization_id, wanted, page)
