"""Somebody waits for an invoice: until it has its CAE, or until they have seen why it has none."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from domain.clock import Clock
from domain.identifiers import InvoiceId, OrganizationId
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceStore


async def watch_invoice(
    store: InvoiceStore,
    clock: Clock,
    *,
    organization_id: OrganizationId,
    invoice_id: InvoiceId,
    wait_for_news: Callable[[float], Awaitable[bool]],
    heartbeat_seconds: float,
) -> AsyncGenerator[Invoice | None, None]:
    """Yield the invoice as it is and as it becomes, without end; None is a sign of life.

    `wait_for_news` returns True when there may be something new and False after the seconds it is
    given. Most news is of other jobs and no word to this reader, so a sign of life is owed by the
    time since the last word, however much goes on. Steps that follow one another at once may be
    seen as one. Raises NotFoundError.
    """
    invoice = await store.get(organization_id, invoice_id)
    yield invoice
    told_at, silent_seconds = clock.now(), 0.0
    while True:
        may_have_changed = await wait_for_news(heartbeat_seconds - silent_seconds)
        now = await store.get(organization_id, invoice_id)
        silent_seconds = (clock.now() - told_at).total_seconds()
        # A clock that was set back would keep the stream silent for as long.
        is_silent = not may_have_changed or not 0 <= silent_seconds < heartbeat_seconds
        if now.version != invoice.version:
            invoice = now
            yield invoice
        elif is_silent:
            yield None
        else:
            continue
        told_at, silent_seconds = clock.now(), 0.0
