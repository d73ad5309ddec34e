"""An invoice gets its CAE: exactly one, with no gap in its series, whatever breaks on the way.

Between two transactions stands at most one call to ARCA. A call whose answer was lost leaves the
invoice SUBMITTED and its series frozen, and the next attempt begins by looking the number up.
"""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.identifiers import InvoiceId
from domain.invoicing.comprobante import (
    AuthorityRefusedError,
    Authorization,
    AuthorizationRequest,
    AuthorizedComprobante,
    Rejection,
    RejectionKind,
)
from domain.invoicing.fiscal_series import SeriesKey, SeriesPosition
from domain.invoicing.invoice import Failure, Invoice
from domain.invoicing.ports import FiscalAuthority, InvoiceStore
from domain.invoicing.submission import (
    KnownPosition,
    OutcomeNeeded,
    PositionNeeded,
    ReadyToSend,
    Settled,
    Submission,
)
from domain.operations.task import ParkTask

MAX_STEPS = 6
"""More steps than any honest way takes: what still goes round in circles waits instead."""
PATIENT_FROM_ATTEMPT = 5
OUTAGE_PARK_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitInvoice:
    invoice_id: InvoiceId


async def submit_invoice(
    store: InvoiceStore,
    authority: FiscalAuthority,
    clock: Clock,
    *,
    context: CommandContext,
    command: SubmitInvoice,
) -> Invoice:
    """Bring an invoice to AUTHORIZED or FAILED and return it.

    Raises TemporaryError or UnknownOutcomeError when this attempt did not get there, HeldBackError
    when ARCA is not called now, ParkTask while another invoice of its series is under way, and
    LeaseLostError when the task is another's.
    """
    submission = Submission(store, clock, context=context, invoice_id=command.invoice_id)
    try:
        return await _Submitter(submission, authority).run()
    except HeldBackError:
        # It costs no attempt, however many were made before.
        raise
    except (TemporaryError, UnknownOutcomeError) as error:
        if context.task is None or context.task.attempt < PATIENT_FROM_ATTEMPT:
            raise
        # An outage of days must not use up the attempts: the invoice would block its series.
        raise ParkTask(OUTAGE_PARK_SECONDS, "fiscal_authority_unavailable") from error


class _Submitter:
    def __init__(self, submission: Submission, authority: FiscalAuthority) -> None:
        self._submission = submission
        self._authority = authority

    async def run(self) -> Invoice:
        # Nobody reserves a number, and keeps it from others, for a call that will not be made.
        await self._authority.look()
        known: KnownPosition | None = None
        for _ in range(MAX_STEPS):
            step = await self._submission.next_step(known)
            known = None
            settled: Invoice | None = None
            match step:
                case Settled(invoice):
                    return invoice
                case PositionNeeded():
                    try:
                        position = await self._position(step.key)
                    except AuthorityRefusedError as error:
                        return await self._submission.fail(_failure(error.rejection))
                    known = KnownPosition(step.series_version, position)
                case ReadyToSend(request):
                    settled = await self._send_first(request)
                case OutcomeNeeded():
                    settled = await self._look_up(step)
            if settled is not None:
                return settled
        raise TemporaryError("The series does not come to rest.")

    async def _send_first(self, request: AuthorizationRequest) -> Invoice | None:
        try:
            return await self._send(request)
        except HeldBackError:
            # It never left, now or before: the number is free, and the invoice PENDING again.
            await self._submission.withdraw(request.comprobante.number, position=None)
            raise

    async def _send(self, request: AuthorizationRequest) -> Invoice | None:
        outcome = await self._authority.authorize(request)
        if isinstance(outcome, Authorization):
            return await self._submission.authorize(
                AuthorizedComprobante(comprobante=request.comprobante, authorization=outcome)
            )
        if outcome.kind is RejectionKind.OUT_OF_SEQUENCE:
            # Perhaps an earlier try landed late: the next step looks before it leaps.
            return None
        if outcome.kind is RejectionKind.DATE and self._submission.has_fresher_date(request):
            await self._submission.withdraw(request.comprobante.number, position=None)
            return None
        return await self._submission.fail(_failure(outcome))

    async def _look_up(self, lookup: OutcomeNeeded) -> Invoice | None:
        try:
            found = await self._authority.find(lookup.key, lookup.number)
            if found is None:
                return await self._go_on_without(lookup)
            if any(found.comprobante == request.comprobante for request in lookup.requests):
                return await self._submission.authorize(found)
            position = await self._position(lookup.key)
        except AuthorityRefusedError as error:
            # The outcome stays unknown, so the number stays bound until ARCA answers again.
            raise TemporaryError(error.message, code=error.rejection.code) from error
        await self._submission.withdraw(lookup.number, position=position, has_foreign_writer=True)
        return None

    async def _go_on_without(self, lookup: OutcomeNeeded) -> Invoice | None:
        """Go on when ARCA has no document under our number."""
        position = await self._position(lookup.key)
        if position.last_number == lookup.number - 1:
            ready = await self._submission.resend(lookup, position)
            return await self._send(ready.request)
        if position.last_number < lookup.number - 1:
            # Not the next number, so ARCA refused it or will: it cannot have been authorised.
            await self._submission.withdraw(lookup.number, position=position)
            return None
        raise TemporaryError(
            "ARCA counts a document that it does not show yet.", number=lookup.number
        )

    async def _position(self, key: SeriesKey) -> SeriesPosition:
        last_number = await self._authority.last_authorized(key)
        if last_number == 0:
            return SeriesPosition(0, None)
        last = await self._authority.find(key, last_number)
        return SeriesPosition(last_number, last.comprobante.issue_date if last else None)


def _failure(rejection: Rejection) -> Failure:
    return Failure(code=rejection.code, message=rejection.explanation, detail=rejection.message)
