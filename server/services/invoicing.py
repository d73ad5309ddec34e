"""InvoicingService: parse, call the use case, print the answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from campotech.invoicing.v1 import invoices_pb2, invoices_pb2_grpc
from domain.clock import Clock
from domain.identifiers import IdSource
from domain.invoicing.ports import InvoiceFilter, InvoiceStore
from domain.invoicing.use_cases.create_invoice import CreateInvoice, create_invoice
from domain.invoicing.use_cases.get_invoice import get_invoice
from domain.invoicing.use_cases.list_invoices import list_invoices
from domain.invoicing.use_cases.watch_invoice import watch_invoice
from domain.jobs.ports import EventHints
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.pagination import next_page_token, parse_page
from server.resource_names import INVOICES, JOBS, parse_parent
from server.services.invoice_messages import (
    FISCAL_STATES_BY_NUMBER,
    invoice_news_to_proto,
    invoice_to_proto,
    listed_invoice_to_proto,
)
from server.timestamps import parse_since, parse_until


class InvoicingService(invoices_pb2_grpc.InvoicingServiceServicer):
    """The invoices of the caller's organisation."""

    def __init__(
        self,
        invoices: InvoiceStore,
        clock: Clock,
        ids: IdSource,
        *,
        hints: EventHints,
        heartbeat_seconds: float,
    ) -> None:
        self._invoices = invoices
        self._clock = clock
        self._ids = ids
        self._hints = hints
        self._heartbeat_seconds = heartbeat_seconds

    async def CreateInvoice(
        self, request: invoices_pb2.CreateInvoiceRequest, context: ServicerContext
    ) -> invoices_pb2.CreateInvoiceResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        invoice = await create_invoice(
            self._invoices,
            self._clock,
            self._ids,
            context=command_context(request.request_id),
            command=CreateInvoice(
                job_id=JOBS.parse(request.job, within=organization_id, field="job")
            ),
        )
        return invoices_pb2.CreateInvoiceResponse(invoice=invoice_to_proto(invoice))

    async def GetInvoice(
        self, request: invoices_pb2.GetInvoiceRequest, context: ServicerContext
    ) -> invoices_pb2.GetInvoiceResponse:
        organization_id = current_caller().organization_id
        invoice = await get_invoice(
            self._invoices, organization_id, INVOICES.parse(request.name, within=organization_id)
        )
        return invoices_pb2.GetInvoiceResponse(invoice=invoice_to_proto(invoice))

    async def ListInvoices(
        self, request: invoices_pb2.ListInvoicesRequest, context: ServicerContext
    ) -> invoices_pb2.ListInvoicesResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await list_invoices(
            self._invoices,
            organization_id=organization_id,
            wanted=InvoiceFilter(
                fiscal_states=frozenset(
                    FISCAL_STATES_BY_NUMBER[state] for state in request.fiscal_states
                ),
                job_id=JOBS.parse_optional(request.job, within=organization_id, field="job"),
                since=parse_since(request.since),
                until=parse_until(request.until),
            ),
            page=parse_page(request, organization_id),
        )
        return invoices_pb2.ListInvoicesResponse(
            invoices=map(listed_invoice_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def WatchInvoice(
        self, request: invoices_pb2.WatchInvoiceRequest, context: ServicerContext
    ) -> AsyncIterator[invoices_pb2.WatchInvoiceResponse]:
        organization_id = current_caller().organization_id
        invoice_id = INVOICES.parse(request.name, within=organization_id)
        async with self._hints.watch(organization_id) as news:
            states = watch_invoice(
                self._invoices,
                self._clock,
                organization_id=organization_id,
                invoice_id=invoice_id,
                wait_for_news=news.wait,
                heartbeat_seconds=self._heartbeat_seconds,
            )
            async with aclosing(states):
                async for invoice in states:
                    yield invoice_news_to_proto(invoice)
