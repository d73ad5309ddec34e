"""The invoices of completed jobs."""

from collections.abc import Sequence
from datetime import date, datetime

from campotech.invoicing.v1 import invoices_pb2, invoices_pb2_grpc
from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech_client.connection import Connection
from campotech_client.listings import Listing, Page
from campotech_client.times import moment_or_day


class InvoicingClient:
    """Reads invoices; they make themselves when a job is completed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = invoices_pb2_grpc.InvoicingServiceStub(connection.channel)

    async def get(self, name: str, *, timeout_seconds: float | None = None) -> Invoice:
        """Return one invoice.

        Raises NotFoundError (INVOICE_NOT_FOUND).
        """
        request = invoices_pb2.GetInvoiceRequest(name=name)
        response = await self._connection.call(
            self._stub.GetInvoice, request, timeout_seconds=timeout_seconds
        )
        return response.invoice

    def list(
        self,
        *,
        fiscal_states: Sequence[Invoice.FiscalState.ValueType] = (),
        job: str = "",
        since: datetime | date | None = None,
        until: datetime | date | None = None,
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Invoice]:
        """List invoices, the newest first; all filters must hold.

        A date is a day in Argentina, and `until` includes it whole.
        """

        async def fetch(page_token: str) -> Page[Invoice]:
            response = await self._connection.call(
                self._stub.ListInvoices,
                invoices_pb2.ListInvoicesRequest(
                    parent=parent,
                    fiscal_states=fiscal_states,
                    job=job,
                    since=moment_or_day(since),
                    until=moment_or_day(until),
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.invoices, response.next_page_token)

        return Listing(fetch)
