"""Watching an invoice: tells each of its steps, and that the stream is alive."""

from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from domain.invoicing.invoice import FiscalState
from domain.invoicing.use_cases.watch_invoice import watch_invoice
from tests.support.builders import an_organization_id
from tests.support.clocks import StoppedClock
from tests.support.in_memory_invoices import InMemoryInvoiceStore
from tests.support.invoice_builders import an_invoice

HEARTBEAT_SECONDS = 15.0


async def test_a_watcher_in_a_busy_organisation_gets_its_signs_of_life() -> None:
    organization_id, clock = an_organization_id(), StoppedClock()
    invoice = an_invoice(organization_id)
    hints_at = [clock.now()]

    async def one_more_event_of_another_job(_: float) -> bool:
        clock.advance(timedelta(seconds=1))
        hints_at.append(clock.now())
        assert len(hints_at) < 100, "The stream stays silent."
        return True

    words = watch_invoice(
        InMemoryInvoiceStore(invoice),
        clock,
        organization_id=organization_id,
        invoice_id=invoice.id,
        wait_for_news=one_more_event_of_another_job,
        heartbeat_seconds=HEARTBEAT_SECONDS,
    )
    async with aclosing(words):
        heard = [(await anext(words), clock.now()) for _ in range(4)]

    assert [word for word, _ in heard] == [invoice, None, None, None]
    assert [(at - hints_at[0]).total_seconds() for _, at in heard] == [0, 15, 30, 45]


async def test_a_watcher_in_a_quiet_organisation_gets_its_signs_of_life() -> None:
    organization_id, clock = an_organization_id(), StoppedClock()
    invoice = an_invoice(organization_id)
    waits: list[float] = []

    async def nothing_new(timeout_seconds: float) -> bool:
        waits.append(timeout_seconds)
        clock.advance(timedelta(seconds=timeout_seconds))
        return False

    words = watch_invoice(
        InMemoryInvoiceStore(invoice),
        clock,
        organization_id=organization_id,
        invoice_id=invoice.id,
        wait_for_news=nothing_new,
        heartbeat_seconds=HEARTBEAT_SECONDS,
    )
    async with aclosing(words):
        heard = [await anext(words) for _ in range(3)]

    assert heard == [invoice, None, None]
    assert waits == [HEARTBEAT_SECONDS, HEARTBEAT_SECONDS]


async def test_a_clock_that_is_set_back_silences_no_stream() -> None:
    organization_id, clock = an_organization_id(), StoppedClock()
    invoice = an_invoice(organization_id)
    waits: list[float] = []

    async def an_hour_back_once(timeout_seconds: float) -> bool:
        if not waits:
            clock.advance(timedelta(hours=-1))
        waits.append(timeout_seconds)
        clock.advance(timedelta(seconds=timeout_seconds))
        return False

    words = watch_invoice(
        InMemoryInvoiceStore(invoice),
        clock,
        organization_id=organization_id,
        invoice_id=invoice.id,
        wait_for_news=an_hour_back_once,
        heartbeat_seconds=HEARTBEAT_SECONDS,
    )
    async with aclosing(words):
        heard = [await anext(words) for _ in range(3)]

    assert heard == [invoice, None, None]
    assert waits == [HEARTBEAT_SECONDS, HEARTBEAT_SECONDS]


async def test_a_watcher_is_told_what_becomes_of_the_invoice() -> None:
    organization_id, clock = an_organization_id(), StoppedClock()
    invoice = an_invoice(organization_id)
    store = InMemoryInvoiceStore(invoice)
    submitted = replace(invoice, fiscal_state=FiscalState.SUBMITTED, version=invoice.version + 1)

    async def it_is_submitted(_: float) -> bool:
        store.invoices[invoice.id] = submitted
        return True

    words = watch_invoice(
        store,
        clock,
        organization_id=organization_id,
        invoice_id=invoice.id,
        wait_for_news=it_is_submitted,
        heartbeat_seconds=HEARTBEAT_SECONDS,
    )
    async with aclosing(words):
        heard = [await anext(words) for _ in range(2)]

    assert heard == [invoice, submitted]
