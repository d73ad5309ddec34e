"""Invoices of one series on their way to a tax agency that may misbehave."""

from collections.abc import Sequence
from typing import Any

from domain.errors import TemporaryError, UnknownOutcomeError
from domain.identifiers import InvoiceId, TaskId
from domain.invoicing.comprobante import AuthorizedComprobante
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.use_cases.submit_invoice import SubmitInvoice, submit_invoice
from domain.operations.task import LeaseLostError, ParkTask
from tests.support.builders import an_organization_id
from tests.support.clocks import StoppedClock, new_id
from tests.support.fake_authority import FakeAuthority
from tests.support.in_memory_invoices import InMemoryInvoiceStore
from tests.support.interruptions import Interruptions, Killed
from tests.support.invoice_builders import a_task_context, an_invoice

PHONE_NUMBER = "+5491155550123"
MAX_ATTEMPTS = 12


class SubmissionScene:
    """One organisation, its invoices, and a task for each."""

    def __init__(
        self, *, count: int = 1, interruptions: Interruptions | None = None, **particular: Any
    ) -> None:
        self.organization_id = an_organization_id()
        self.clock = StoppedClock()
        self.interruptions = interruptions or Interruptions()
        self.authority = FakeAuthority(self.clock, self.interruptions)
        self.store = InMemoryInvoiceStore(interruptions=self.interruptions)
        self.tasks: dict[InvoiceId, TaskId] = {}
        self.ids = [self.add(**particular) for _ in range(count)]

    def add(self, **particular: Any) -> InvoiceId:
        invoice = an_invoice(self.organization_id, **particular)
        self.store.invoices[invoice.id] = invoice
        self.store.phone_numbers[self.organization_id, invoice.customer_id] = PHONE_NUMBER
        self.tasks[invoice.id] = TaskId(new_id())
        return invoice.id

    def invoice(self, index: int = 0) -> Invoice:
        return self.store.invoices[self.ids[index]]

    def claim(self, invoice_id: InvoiceId) -> int:
        """Give the invoice's task to another worker; return the worker's fencing token."""
        task_id = self.tasks[invoice_id]
        token = self.store.task_holders.get(task_id, 0) + 1
        self.store.task_holders[task_id] = token
        return token

    async def attempt(
        self, index: int = 0, *, attempt: int = 1, fencing_token: int | None = None
    ) -> Invoice:
        """Have one worker try once."""
        invoice_id = self.ids[index]
        token = self.claim(invoice_id) if fencing_token is None else fencing_token
        return await submit_invoice(
            self.store,
            self.authority,
            self.clock,
            context=a_task_context(
                self.organization_id,
                task_id=self.tasks[invoice_id],
                fencing_token=token,
                attempt=attempt,
            ),
            command=SubmitInvoice(invoice_id=invoice_id),
        )

    async def settle(self, index: int = 0) -> Invoice:
        """Have workers try until the invoice is settled, whatever each of them meets."""
        for _ in range(MAX_ATTEMPTS):
            try:
                return await self.attempt(index)
            except (Killed, ParkTask, LeaseLostError, TemporaryError, UnknownOutcomeError):
                continue
        raise AssertionError(f"{self.invoice(index).fiscal_state} after {MAX_ATTEMPTS} attempts")

    def documents(self) -> Sequence[AuthorizedComprobante]:
        """Return what ARCA has, in the order of its numbers."""
        found = self.authority.documents
        return [found[key] for key in sorted(found, key=lambda key: key[1])]

    def check_one_cae_each_and_no_gap(self) -> None:
        """Assert what must hold however an invoice came to its CAE."""
        documents = self.documents()
        invoices = sorted(self.store.invoices.values(), key=lambda invoice: invoice.number or 0)
        numbers = [document.comprobante.number for document in documents]
        assert numbers == list(range(1, len(invoices) + 1))
        assert {invoice.fiscal_state for invoice in invoices} == {FiscalState.AUTHORIZED}
        assert [invoice.number for invoice in invoices] == numbers
        assert [invoice.cae for invoice in invoices] == [
            document.authorization.cae for document in documents
        ]
        assert len({invoice.cae for invoice in invoices}) == len(invoices)
        assert len(self.store.messages) == len(invoices)
        (series,) = self.store.series.values()
        assert series.in_flight_invoice_id is None
        assert series.foreign_writer_at is None
        assert series.position is not None
        assert series.position.last_number == len(invoices)
