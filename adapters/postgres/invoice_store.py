"""Invoices in Postgres: commands lock the invoice first and its series after it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.postgres.billable_job_rows import BILLABLE_JOB, billable_job_from_row
from adapters.postgres.fiscal_request_rows import request_from_json, request_to_json
from adapters.postgres.invoice_rows import (
    COLUMNS,
    INSERT,
    UPDATE,
    invoice_from_row,
    row_from_invoice,
)
from adapters.postgres.message_outbox import MessageOutboxTransaction
from adapters.postgres.reads import read_row, read_rows
from adapters.postgres.transactions import TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante import AuthorizationRequest
from domain.invoicing.fiscal_series import (
    FiscalSeries,
    FiscalSeriesTakenError,
    SeriesKey,
    SeriesPosition,
)
from domain.invoicing.invoice import Invoice
from domain.invoicing.ports import InvoiceFilter, InvoiceTransaction
from domain.operations.task import LeaseLostError
from domain.pages import Page, PageRequest

ONE_INVOICE = (
    f"SELECT {COLUMNS} FROM invoices"
    " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid"
)
_INVOICE_OF_JOB = (
    f"SELECT {COLUMNS} FROM invoices"
    " WHERE organization_id = %(organization_id)s::uuid AND job_id = %(job_id)s::uuid"
)
_HELD_TASK = """
SELECT 1 FROM tasks
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid AND state = 'running'
  AND fencing_token = %(token)s AND lease_expires_at > clock_timestamp()
"""
_SERIES = """
SELECT organization_id, last_number, last_issue_date, in_flight_invoice_id, in_flight_since,
  foreign_writer_at, version
FROM fiscal_series
WHERE organization_id = %(organization_id)s::uuid AND cuit = %(cuit)s
  AND punto_de_venta = %(punto_de_venta)s AND comprobante_tipo = %(comprobante_tipo)s
FOR NO KEY UPDATE
"""
# The key is unique over all organisations, and another's row is invisible here: it stays nothing.
_BEGIN_SERIES = """
INSERT INTO fiscal_series (cuit, punto_de_venta, comprobante_tipo, organization_id, version)
VALUES (%(cuit)s, %(punto_de_venta)s, %(comprobante_tipo)s, %(organization_id)s, 1)
ON CONFLICT DO NOTHING
"""
_SAVE_SERIES = """
UPDATE fiscal_series SET last_number = %(last_number)s, last_issue_date = %(last_issue_date)s,
  in_flight_invoice_id = %(in_flight_invoice_id)s, in_flight_since = %(in_flight_since)s,
  foreign_writer_at = %(foreign_writer_at)s, version = %(version)s, updated_at = clock_timestamp()
WHERE organization_id = %(organization_id)s::uuid AND cuit = %(cuit)s
  AND punto_de_venta = %(punto_de_venta)s AND comprobante_tipo = %(comprobante_tipo)s
"""
# Limits are kept by certificate: the request counts for the one that the organisation has now.
_RECORD_REQUEST = """
INSERT INTO fiscal_requests (organization_id, id, created_at, invoice_id, number, request, call_key)
VALUES (%(organization_id)s, %(id)s, uuid_extract_timestamp(%(id)s), %(invoice_id)s, %(number)s,
  %(request)s, (SELECT call_key FROM arca_connections
    WHERE organization_id = %(organization_id)s::uuid AND cuit = %(cuit)s))
"""
_RECORDED_REQUESTS = """
SELECT request FROM fiscal_requests
WHERE organization_id = %(organization_id)s::uuid AND invoice_id = %(invoice_id)s::uuid
  AND number = %(number)s
ORDER BY id
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PostgresInvoiceTransaction(MessageOutboxTransaction):
    """The domain's InvoiceTransaction."""

    async def hold_task(self) -> None:
        claim = self._context.task
        if claim is None:
            return
        cursor = await self._connection.execute(
            _HELD_TASK,
            {
                "organization_id": self.organization_id,
                "id": claim.task_id,
                "token": claim.fencing_token,
            },
        )
        if await cursor.fetchone() is None:
            raise LeaseLostError(claim.task_id)

    async def billable_job(self, job_id: JobId) -> BillableJob:
        cursor = await self._connection.execute(
            BILLABLE_JOB, {"organization_id": self.organization_id, "id": job_id}
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("job", job_id)
        return billable_job_from_row(job_id, row)

    async def phone_number(self, customer_id: CustomerId) -> str:
        cursor = await self._connection.execute(
            "SELECT phone_number FROM customers"
            " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid",
            {"organization_id": self.organization_id, "id": customer_id},
        )
        row = await cursor.fetchone()
        return "" if row is None else str(row[0])

    async def invoice(self, invoice_id: InvoiceId) -> Invoice:
        cursor = await self._connection.execute(
            f"{ONE_INVOICE} FOR NO KEY UPDATE".encode(),
            {"organization_id": self.organization_id, "id": invoice_id},
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("invoice", invoice_id)
        return invoice_from_row(row)

    async def invoice_of_job(self, job_id: JobId) -> Invoice | None:
        cursor = await self._connection.execute(
            _INVOICE_OF_JOB.encode(), {"organization_id": self.organization_id, "job_id": job_id}
        )
        row = await cursor.fetchone()
        return None if row is None else invoice_from_row(row)

    async def add(self, invoice: Invoice) -> Invoice:
        added = await self._connection.execute(INSERT.encode(), row_from_invoice(invoice))
        if added.rowcount == 1:
            return invoice
        known = await self.invoice_of_job(invoice.job_id)
        return known or invoice

    async def save(self, invoice: Invoice) -> None:
        await self._connection.execute(UPDATE.encode(), row_from_invoice(invoice))

    async def series(self, key: SeriesKey) -> FiscalSeries:
        row = _key_columns(key) | {"organization_id": self.organization_id}
        series = await self._locked_series(key, row)
        if series is None:
            await self._connection.execute(_BEGIN_SERIES, row)
            series = await self._locked_series(key, row)
        if series is None:
            raise FiscalSeriesTakenError(key)
        return series

    async def _locked_series(self, key: SeriesKey, row: dict[str, object]) -> FiscalSeries | None:
        cursor = await self._connection.execute(_SERIES, row)
        found = await cursor.fetchone()
        if found is None:
            return None
        organization_id, last_number, last_issue_date, in_flight, since, foreign, version = found
        return FiscalSeries(
            key=key,
            organization_id=OrganizationId(organization_id),
            position=None if last_number is None else SeriesPosition(last_number, last_issue_date),
            in_flight_invoice_id=None if in_flight is None else InvoiceId(in_flight),
            in_flight_since=since,
            foreign_writer_at=foreign,
            version=version,
        )

    async def save_series(self, series: FiscalSeries) -> None:
        position = series.position
        await self._connection.execute(
            _SAVE_SERIES,
            _key_columns(series.key)
            | {
                "organization_id": self.organization_id,
                "last_number": position.last_number if position else None,
                "last_issue_date": position.last_issue_date if position else None,
                "in_flight_invoice_id": series.in_flight_invoice_id,
                "in_flight_since": series.in_flight_since,
                "foreign_writer_at": series.foreign_writer_at,
                "version": series.version,
            },
        )

    async def record_request(self, invoice_id: InvoiceId, request: AuthorizationRequest) -> None:
        await self._connection.execute(
            _RECORD_REQUEST,
            {
                "organization_id": self.organization_id,
                "id": self._ids.new_id(),
                "invoice_id": invoice_id,
                "number": request.comprobante.number,
                "request": request_to_json(request),
                "cuit": request.comprobante.series.cuit,
            },
        )

    async def recorded_requests(
        self, invoice_id: InvoiceId, number: int
    ) -> Sequence[AuthorizationRequest]:
        cursor = await self._connection.execute(
            _RECORDED_REQUESTS,
            {
                "organization_id": self.organization_id,
                "invoice_id": invoice_id,
                "number": number,
            },
        )
        return [request_from_json(row[0]) for row in await cursor.fetchall()]


class PostgresInvoiceStore:
    """The domain's InvoiceStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[InvoiceTransaction]:
        async with self._opener.open(context, PostgresInvoiceTransaction) as transaction:
            yield transaction

    async def get(self, organization_id: OrganizationId, invoice_id: InvoiceId) -> Invoice:
        row = await read_row(self._pool, organization_id, ONE_INVOICE, {"id": invoice_id})
        if row is None:
            raise NotFoundError("invoice", invoice_id)
        return invoice_from_row(row)

    async def list(
        self, organization_id: OrganizationId, wanted: InvoiceFilter, page: PageRequest
    ) -> Page[Invoice]:
        rows = await read_rows(
            self._pool,
            organization_id,
            page_query(wanted, page),
            {
                "fiscal_states": sorted(wanted.fiscal_states),
                "job_id": wanted.job_id,
                "since": wanted.since and _first_id_at(wanted.since),
                "until": wanted.until and _first_id_at(wanted.until),
                "after": page.after,
                "limit": page.size + 1,
            },
        )
        invoices = tuple(invoice_from_row(row) for row in rows[: page.size])
        return Page(invoices, invoices[-1].id if len(rows) > page.size else None)


def page_query(wanted: InvoiceFilter, page: PageRequest) -> str:
    """Return the query of a page; ids carry the time, so an order by id is one by time."""
    conditions = {
        "fiscal_state = ANY(%(fiscal_states)s)": bool(wanted.fiscal_states),
        "job_id = %(job_id)s::uuid": wanted.job_id is not None,
        "id >= %(since)s::uuid": wanted.since is not None,
        "id < %(until)s::uuid": wanted.until is not None,
        "id < %(after)s::uuid": page.after is not None,
    }
    extra = "".join(f" AND {condition}" for condition, wanted in conditions.items() if wanted)
    return (
        f"SELECT {COLUMNS} FROM invoices WHERE organization_id = %(organization_id)s::uuid{extra}"
        " ORDER BY id DESC LIMIT %(limit)s"
    )


def _first_id_at(moment: datetime) -> UUID:
    """Return what sorts before every id minted at this moment or later, and after the others."""
    milliseconds = -((_EPOCH - moment) // timedelta(milliseconds=1))
    return UUID(int=max(0, milliseconds) << 80)


def _key_columns(key: SeriesKey) -> dict[str, object]:
    return {
        "cuit": key.cuit,
        "punto_de_venta": key.punto_de_venta,
        "comprobante_tipo": int(key.comprobante_tipo),
    }
