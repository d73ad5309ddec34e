"""The transactions on an invoice's way to its CAE; after each of them a crash does no harm.

A step first makes sure that the task is still this worker's, then locks the invoice and after it
the series. Whatever leaves the house was stored by such a step before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from domain.clock import Clock, business_day
from domain.commands import CommandContext
from domain.errors import TemporaryError
from domain.identifiers import InvoiceId
from domain.invoicing.comprobante import AuthorizationRequest, AuthorizedComprobante
from domain.invoicing.customer_notice import invoice_notice
from domain.invoicing.dates import check_issue_date, is_in_window
from domain.invoicing.events import InvoiceEventType, invoice_event
from domain.invoicing.fiscal_rule import FiscalRuleError
from domain.invoicing.fiscal_series import (
    FiscalSeries,
    FiscalSeriesTakenError,
    SeriesKey,
    SeriesPosition,
)
from domain.invoicing.invoice import Failure, FiscalState, Invoice
from domain.invoicing.ports import InvoiceStore, InvoiceTransaction
from domain.operations.task import ParkTask

SERIES_BUSY = "fiscal_series_busy"


@dataclass(frozen=True, slots=True)
class Settled:
    """There is nothing left to do."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class PositionNeeded:
    """ARCA has to be asked how far the series is; the answer holds for this version of it."""

    key: SeriesKey
    series_version: int


@dataclass(frozen=True, slots=True)
class ReadyToSend:
    """A number is reserved and the request stored: it may be sent."""

    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class OutcomeNeeded:
    """Requests may have been sent under this number; their outcome has to be looked up."""

    key: SeriesKey
    number: int
    requests: Sequence[AuthorizationRequest]


@dataclass(frozen=True, slots=True)
class KnownPosition:
    """What ARCA said about a series while it had this version."""

    series_version: int
    position: SeriesPosition


Step: TypeAlias = Settled | PositionNeeded | ReadyToSend | OutcomeNeeded


class Submission:
    """The way of one invoice, as one task walks it."""

    def __init__(
        self, store: InvoiceStore, clock: Clock, *, context: CommandContext, invoice_id: InvoiceId
    ) -> None:
        self._store = store
        self._clock = clock
        self._context = context
        self._invoice_id = invoice_id

    async def next_step(self, known: KnownPosition | None) -> Step:
        """Tell what has to happen next; reserve a number when that is all that is missing.

        Raises ParkTask while another invoice of the series is under way.
        """
        async with self._store.transaction(self._context) as transaction:
            await transaction.hold_task()
            invoice = await transaction.invoice(self._invoice_id)
            if invoice.is_settled:
                transaction.finish_task()
                return Settled(invoice)
            try:
                series = await transaction.series(invoice.series_key)
            except FiscalSeriesTakenError as error:
                return Settled(await self._give_up(transaction, invoice, _taken(error)))
            if series.in_flight_invoice_id not in (None, invoice.id):
                raise ParkTask(series.wait_seconds(self._clock.now()), SERIES_BUSY)
            if invoice.number is not None:
                requests = await transaction.recorded_requests(invoice.id, invoice.number)
                return OutcomeNeeded(series.key, invoice.number, requests)
            if known is not None and known.series_version == series.version:
                series = series.learn(known.position)
            return await self._reserve(transaction, invoice, series)

    async def resend(self, lookup: OutcomeNeeded, position: SeriesPosition) -> ReadyToSend:
        """Store that a number goes out again: unchanged, or anew where its date has passed.

        ARCA must not have the document, and the number must be its series' next.
        """
        async with self._store.transaction(self._context) as transaction:
            await transaction.hold_task()
            invoice = await self._in_flight(transaction, lookup.number)
            request = lookup.requests[-1]
            if not self._is_acceptable(request.comprobante.issue_date, position):
                invoice = invoice.submit(
                    lookup.number, self._issue_date(position), at=self._clock.now()
                )
                await transaction.save(invoice)
                request = invoice.authorization_request()
            await transaction.record_request(invoice.id, request)
            transaction.audit("invoice_resubmitted", invoice.id, number=lookup.number)
        return ReadyToSend(request)

    async def withdraw(
        self, number: int, *, position: SeriesPosition | None, has_foreign_writer: bool = False
    ) -> None:
        """Take the number from the invoice, which was for certain not authorised under it."""
        async with self._store.transaction(self._context) as transaction:
            await transaction.hold_task()
            invoice = await self._in_flight(transaction, number)
            series = await transaction.series(invoice.series_key)
            withdrawn = invoice.withdraw(self._clock.now())
            series = series.release()
            if position is not None:
                series = series.learn(position)
            if has_foreign_writer:
                series = series.meet_foreign_writer(self._clock.now())
                transaction.audit("fiscal_series_foreign_writer_found", invoice.id, number=number)
            await transaction.save(withdrawn)
            await transaction.save_series(series)
            transaction.audit(InvoiceEventType.WITHDRAWN, invoice.id, number=number)
            transaction.publish(invoice_event(InvoiceEventType.WITHDRAWN, withdrawn))

    async def authorize(self, authorized: AuthorizedComprobante) -> Invoice:
        """Store the CAE, complete the task and have the customer told, all in one."""
        number = authorized.comprobante.number
        async with self._store.transaction(self._context) as transaction:
            await transaction.hold_task()
            invoice = await self._in_flight(transaction, number)
            series = await transaction.series(invoice.series_key)
            valid = invoice.authorize(authorized, self._clock.now())
            await transaction.save(valid)
            await transaction.save_series(series.confirm(number, authorized.comprobante.issue_date))
            transaction.audit(InvoiceEventType.AUTHORIZED, invoice.id, number=number, cae=valid.cae)
            transaction.publish(invoice_event(InvoiceEventType.AUTHORIZED, valid))
            phone_number = await transaction.phone_number(invoice.customer_id)
            if phone_number:
                transaction.queue_message(invoice_notice(valid, phone_number))
            transaction.finish_task()
        return valid

    async def fail(self, failure: Failure) -> Invoice:
        """Give the invoice up; its number, if it had one, is the next one's."""
        async with self._store.transaction(self._context) as transaction:
            await transaction.hold_task()
            invoice = await transaction.invoice(self._invoice_id)
            if invoice.number is not None:
                series = await transaction.series(invoice.series_key)
                await transaction.save_series(series.release())
            return await self._give_up(transaction, invoice, failure)

    def has_fresher_date(self, request: AuthorizationRequest) -> bool:
        """Tell whether the same document could be sent with a later date."""
        return request.comprobante.issue_date < self._today()

    async def _reserve(
        self, transaction: InvoiceTransaction, invoice: Invoice, series: FiscalSeries
    ) -> Step:
        if series.position is None:
            return PositionNeeded(series.key, series.version)
        number = series.position.last_number + 1
        submitted = invoice.submit(number, self._issue_date(series.position), at=self._clock.now())
        try:
            self._check(submitted, series.position)
        except FiscalRuleError as error:
            return Settled(await self._give_up(transaction, invoice, Failure.from_rule(error)))
        request = submitted.authorization_request()
        await transaction.save(submitted)
        await transaction.save_series(series.reserve(invoice.id, self._clock.now()))
        await transaction.record_request(invoice.id, request)
        transaction.audit(InvoiceEventType.SUBMITTED, invoice.id, number=number)
        transaction.publish(invoice_event(InvoiceEventType.SUBMITTED, submitted))
        return ReadyToSend(request)

    async def _in_flight(self, transaction: InvoiceTransaction, number: int) -> Invoice:
        invoice = await transaction.invoice(self._invoice_id)
        if invoice.fiscal_state is not FiscalState.SUBMITTED or invoice.number != number:
            # Only a worker that lost its task unnoticed can meet this; whoever has it goes on.
            raise TemporaryError("The invoice moved on meanwhile.", state=invoice.fiscal_state)
        return invoice

    async def _give_up(
        self, transaction: InvoiceTransaction, invoice: Invoice, failure: Failure
    ) -> Invoice:
        failed = invoice.fail(failure, self._clock.now())
        await transaction.save(failed)
        transaction.audit(InvoiceEventType.FAILED, invoice.id, code=failure.code)
        transaction.publish(invoice_event(InvoiceEventType.FAILED, failed))
        transaction.finish_task()
        return failed

    def _check(self, invoice: Invoice, position: SeriesPosition) -> None:
        issue_date = invoice.issue_date or self._today()
        check_issue_date(issue_date, today=self._today(), last_issue_date=position.last_issue_date)
        invoice.check(issue_date=issue_date)

    def _is_acceptable(self, issue_date: date, position: SeriesPosition) -> bool:
        return is_in_window(issue_date, self._today()) and (
            position.last_issue_date is None or issue_date >= position.last_issue_date
        )

    def _issue_date(self, position: SeriesPosition) -> date:
        """Return today, or the later date that the series has come to."""
        return max(self._today(), position.last_issue_date or self._today())

    def _today(self) -> date:
        return business_day(self._clock.now())


def _taken(error: FiscalSeriesTakenError) -> Failure:
    return Failure(
        code=error.reason,
        message="Otra cuenta de CampoTech ya factura con este CUIT y punto de venta. "
        "Usá un punto de venta propio.",
        detail=error.message,
    )
