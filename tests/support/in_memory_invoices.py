"""Invoices in memory, for tests of rules: one transaction at a time, each all or nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId, TaskId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante import AuthorizationRequest
from domain.invoicing.fiscal_series import FiscalSeries, FiscalSeriesTakenError, SeriesKey
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceFilter, InvoiceTransaction
from domain.messaging.message import OutboundMessage
from domain.operations.task import LeaseLostError
from domain.pages import Page, PageRequest
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger
from tests.support.interruptions import Interruptions


class InMemoryInvoiceStore:
    """The domain's InvoiceStore; jobs, phone numbers and held tasks are what a test puts in."""

    def __init__(self, *invoices: Invoice, interruptions: Interruptions | None = None) -> None:
        self.ledger = Ledger()
        self.interruptions = interruptions or Interruptions()
        self.billable_jobs: dict[tuple[OrganizationId, JobId], BillableJob] = {}
        self.phone_numbers: dict[tuple[OrganizationId, CustomerId], str] = {}
        self.task_holders: dict[TaskId, int] = {}
        self.invoices = {invoice.id: invoice for invoice in invoices}
        self.series: dict[SeriesKey, FiscalSeries] = {}
        self.requests: list[tuple[InvoiceId, AuthorizationRequest]] = []
        self.messages: list[OutboundMessage] = []
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[InvoiceTransaction]:
        async with self._turn:
            transaction = InMemoryInvoiceTransaction(self, context)
            yield transaction
            transaction.check_task()
            await self.interruptions.point()
            transaction.commit()
        await self.interruptions.point()

    async def get(self, organization_id: OrganizationId, invoice_id: InvoiceId) -> Invoice:
        invoice = self.invoices.get(invoice_id)
        if invoice is None or invoice.organization_id != organization_id:
            raise NotFoundError("invoice", invoice_id)
        return invoice

    async def list(
        self, organization_id: OrganizationId, wanted: InvoiceFilter, page: PageRequest
    ) -> Page[Invoice]:
        found = sorted(
            (
                invoice
                for invoice in self.invoices.values()
                if invoice.organization_id == organization_id
                and _matches(invoice, wanted)
                and (page.after is None or invoice.id < page.after)
            ),
            key=lambda invoice: invoice.id,
            reverse=True,
        )
        items = tuple(found[: page.size])
        return Page(items, items[-1].id if len(found) > page.size else None)


class InMemoryInvoiceTransaction(InMemoryTransaction):
    """The domain's InvoiceTransaction."""

    def __init__(self, store: InMemoryInvoiceStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._organization_id = context.organization_id
        self._finishes_task = False

    def finish_task(self) -> None:
        self._finishes_task = True
        super().finish_task()

    def check_task(self) -> None:
        """Raise LeaseLostError if the task is to be finished and is not ours."""
        if self._finishes_task:
            self._check_holder()

    async def hold_task(self) -> None:
        self._check_holder()

    def _check_holder(self) -> None:
        claim = self._context.task
        if claim is None:
            return
        if self._store.task_holders.get(claim.task_id) != claim.fencing_token:
            raise LeaseLostError(claim.task_id)

    def queue_message(self, message: OutboundMessage) -> None:
        self.on_commit(lambda: self._store.messages.append(message))

    async def billable_job(self, job_id: JobId) -> BillableJob:
        job = self._store.billable_jobs.get((self._organization_id, job_id))
        if job is None:
            raise NotFoundError("job", job_id)
        return job

    async def phone_number(self, customer_id: CustomerId) -> str:
        return self._store.phone_numbers.get((self._organization_id, customer_id), "")

    async def invoice(self, invoice_id: InvoiceId) -> Invoice:
        return await self._store.get(self._organization_id, invoice_id)

    async def invoice_of_job(self, job_id: JobId) -> Invoice | None:
        of_job = InvoiceFilter(job_id=job_id)
        page = await self._store.list(self._organization_id, of_job, PageRequest(1))
        return page.items[0] if page.items else None

    async def add(self, invoice: Invoice) -> Invoice:
        known = await self.invoice_of_job(invoice.job_id)
        if known is None:
            await self.save(invoice)
        return known or invoice

    async def save(self, invoice: Invoice) -> None:
        self.on_commit(lambda: self._store.invoices.__setitem__(invoice.id, invoice))

    async def series(self, key: SeriesKey) -> FiscalSeries:
        series = self._store.series.get(key)
        if series is None:
            series = FiscalSeries(key=key, organization_id=self._organization_id)
            await self.save_series(series)
        if series.organization_id != self._organization_id:
            raise FiscalSeriesTakenError(key)
        return series

    async def save_series(self, series: FiscalSeries) -> None:
        self.on_commit(lambda: self._store.series.__setitem__(series.key, series))

    async def record_request(self, invoice_id: InvoiceId, request: AuthorizationRequest) -> None:
        self.on_commit(lambda: self._store.requests.append((invoice_id, request)))

    async def recorded_requests(
        self, invoice_id: InvoiceId, number: int
    ) -> Sequence[AuthorizationRequest]:
        return [
            request
            for owner, request in self._store.requests
            if owner == invoice_id and request.comprobante.number == number
        ]


def _matches(invoice: Invoice, wanted: InvoiceFilter) -> bool:
    return (
        (not wanted.fiscal_states or invoice.fiscal_state in wanted.fiscal_states)
        and wanted.job_id in (None, invoice.job_id)
        and (wanted.since is None or invoice.created_at >= wanted.since)
        and (wanted.until is None or invoice.created_at < wanted.until)
    )
