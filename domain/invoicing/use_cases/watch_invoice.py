"""Somebody waits for an invoice: until it has its CAE, or until they have seen why it has none."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from domain.identifiers import InvoiceId, OrganizationId
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceStore


async def watch_invoice(
    store: InvoiceStore,
    *,
    organization_id: OrganizationId,
    invoice_id: InvoiceId,
    wait_for_news: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[Invoice | None, None]:
    """Yield the invoice as it is and as it becomes, without end; None is a sign of life.

    `wait_for_news` returns True when there may be something new and False after the heartbeat's
    interval. Steps that follow one another at once may be seen as one. Raises NotFoundError.
    """
    invoice = await store.get(organization_id, invoice_id)
    yield invoice
    while True:
        may_have_changed = await wait_for_news()
        now = await store.get(organization_id, invoice_id)
        if now.version != invoice.version:
            invoice = now
            yield invoice
        elif not may_have_changed:
            yield None
