"""The invoices of completed jobs."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from campotech.invoicing.v1 import invoices_pb2, invoices_pb2_grpc
from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page
from campotech_client.times import moment_or_day
from campotech_client.watches import Watch


class InvoiceWatch(
    Watch[invoices_pb2.WatchInvoiceRequest, invoices_pb2.WatchInvoiceResponse, Invoice]
):
    """An invoice as it is, and then each change of it; after a break it tells only what is new."""

    def __init__(
        self,
        connection: Connection,
        stub: invoices_pb2_grpc.InvoicingServiceStub,
        *,
        name: str,
        patience_seconds: float | None,
    ) -> None:
        super().__init__(connection, stub.WatchInvoice, patience_seconds=patience_seconds)
        self._name = name
        self._etag = ""

    def _request(self) -> invoices_pb2.WatchInvoiceRequest:
        return invoices_pb2.WatchInvoiceRequest(name=self._name)

    def _items_of(self, response: invoices_pb2.WatchInvoiceResponse) -> Iterable[Invoice]:
        if not response.HasField("invoice") or response.invoice.etag == self._etag:
            return ()
        self._etag = response.invoice.etag
        return (response.invoice,)


class InvoicingClient:
    """Reads invoices, which make themselves when a job is completed; begins failed ones anew."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = invoices_pb2_grpc.InvoicingServiceStub(connection.channel)

    async def create(
        self,
        job: str,
        *,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Invoice:
        """Have a completed job invoiced whose invoice failed; one that did not is returned.

        For owners and dispatchers. Raises NotFoundError (JOB_NOT_FOUND), PreconditionError
        (JOB_NOT_COMPLETED, FISCAL_PROFILE_MISSING) and InvalidInputError (INVOICE_RECEIVER_REFUSED
        and the like) for what the tax agency would refuse.
        """
        request = invoices_pb2.CreateInvoiceRequest(
            parent=parent, job=job, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.CreateInvoice, request, timeout_seconds=timeout_seconds
        )
        return response.invoice

    def watch(self, name: str, *, patience_seconds: float | None = None) -> InvoiceWatch:
        """Tell how an invoice is and each change of it, for ever or for `patience_seconds`."""
        return InvoiceWatch(
            self._connection, self._stub, name=name, patience_seconds=patience_seconds
        )

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
