"""What invoicing needs from outside: a store with transactions, and the tax agency."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.commands import CommandContext
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante import (
    AuthorizationOutcome,
    AuthorizationRequest,
    AuthorizedComprobante,
)
from domain.invoicing.fiscal_series import FiscalSeries, SeriesKey
from domain.invoicing.invoice import FiscalState, Invoice
from domain.messaging.ports import MessageOutbox
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """Which invoices a list holds; what is None or empty does not restrict it."""

    fiscal_states: frozenset[FiscalState] = frozenset()
    job_id: JobId | None = None
    since: datetime | None = None
    """Created at or after."""
    until: datetime | None = None
    """Created before."""


class InvoiceTransaction(CommandTransaction, MessageOutbox, Protocol):
    """One command on the invoices of an organisation."""

    async def hold_task(self) -> None:
        """Raise LeaseLostError unless the task that runs this command is still this worker's."""
        ...

    async def billable_job(self, job_id: JobId) -> BillableJob:
        """Return what an invoice takes over from a job; raise NotFoundError."""
        ...

    async def phone_number(self, customer_id: CustomerId) -> str:
        """Return a customer's number as it is now, empty if there is none or no customer."""
        ...

    async def invoice(self, invoice_id: InvoiceId) -> Invoice:
        """Return the invoice, locked until the transaction ends; raise NotFoundError."""
        ...

    async def invoice_of_job(self, job_id: JobId) -> Invoice | None:
        """Return the one invoice of a job, None while there is none."""
        ...

    async def add(self, invoice: Invoice) -> Invoice:
        """Store a new invoice and return it, or the one that its job has got meanwhile."""
        ...

    async def save(self, invoice: Invoice) -> None:
        """Store the next version of an invoice that this transaction locked."""
        ...

    async def series(self, key: SeriesKey) -> FiscalSeries:
        """Return the series, locked until the transaction ends; it begins when first asked for.

        Raises FiscalSeriesTakenError when it belongs to another organisation.
        """
        ...

    async def save_series(self, series: FiscalSeries) -> None:
        """Store the next version of a series that this transaction locked."""
        ...

    async def record_request(self, invoice_id: InvoiceId, request: AuthorizationRequest) -> None:
        """Store a request that will be sent once this commits."""
        ...

    async def recorded_requests(
        self, invoice_id: InvoiceId, number: int
    ) -> Sequence[AuthorizationRequest]:
        """Return all that was ever to be sent of an invoice under a number, oldest first."""
        ...


class InvoiceStore(Protocol):
    """The invoices of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[InvoiceTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def get(self, organization_id: OrganizationId, invoice_id: InvoiceId) -> Invoice:
        """Return an invoice; raise NotFoundError."""
        ...

    async def list(
        self, organization_id: OrganizationId, wanted: InvoiceFilter, page: PageRequest
    ) -> Page[Invoice]:
        """Return a page of invoices, newest first."""
        ...


class FiscalAuthorities(Protocol):
    """ARCA, as each organisation reaches it."""

    async def of(self, organization_id: OrganizationId, cuit: str) -> "FiscalAuthority":
        """Return the way with which an organisation invoices as this CUIT: its own or ours.

        Raises HeldBackError while there is neither, and TemporaryError.
        """
        ...


class FiscalAuthority(Protocol):
    """ARCA. Every call ends within a deadline.

    All raise HeldBackError, a TemporaryError, when limits or an outage keep us from calling.
    Queries raise TemporaryError when they cannot be answered now and AuthorityRefusedError when
    ARCA will not answer until something is put right.
    """

    async def look(self) -> None:
        """Raise HeldBackError if a call would not be made now; asks ARCA nothing.

        A call may be held back all the same, for others call too.
        """
        ...

    async def last_authorized(self, series: SeriesKey) -> int:
        """Return the last number of a series, 0 while it is empty."""
        ...

    async def find(self, series: SeriesKey, number: int) -> AuthorizedComprobante | None:
        """Return the document under a number, None if ARCA has none."""
        ...

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationOutcome:
        """Ask for a CAE and return ARCA's answer, one way or the other.

        Raises TemporaryError when the request for certain never left, and UnknownOutcomeError
        when it may have: then only `find` tells what became of it.
        """
        ...
