"""WSFEv1: the operations we use, with one renewal of a ticket that it refuses."""

from collections.abc import Sequence
from functools import partial

import structlog

from adapters.afip.access_tickets import AccessTickets
from adapters.afip.channel import AnswerLostError, Channel
from adapters.afip.comprobante_xml import NAMESPACE, Tree, build
from adapters.afip.error_codes import CodeClass, Finding, Place, class_of
from adapters.afip.soap import Element, SoapFaultError, find, find_all, text_of
from adapters.guarded_calls.calls import GuardedCalls, is_failure
from domain.errors import TemporaryError
from domain.invoicing.access_ticket import AccessTicket

_log = structlog.get_logger(__name__)


class TicketRefusedError(TemporaryError):
    """WSFEv1 takes neither our ticket nor a new one; it did nothing."""

    reason = "ARCA_TICKET_REFUSED"


class _TroubleError(Exception):
    """The service answers by saying that it does not work."""

    def __init__(self, result: Element) -> None:
        super().__init__("ARCA reports an error of its own.")
        self.result = result


class WsfeClient:
    """Calls operations on behalf of taxpayers, with one certificate."""

    def __init__(
        self, channel: Channel, calls: GuardedCalls, tickets: AccessTickets, *, alias: str
    ) -> None:
        self._channel = channel
        self._calls = calls
        self._tickets = tickets
        self._alias = alias

    async def look(self) -> None:
        """Raise HeldBackError if a call would not be made now; makes none."""
        await self._calls.look(self._alias)

    async def ask(self, operation: str, cuit: str, *arguments: Tree) -> Element:
        """Return the result element of an operation that only asks, and may be repeated.

        Raises TemporaryError, UnknownOutcomeError and SoapFaultError when there is no answer.
        """
        return await self._with_ticket(operation, cuit, arguments, is_repeatable=True)

    async def order(self, operation: str, cuit: str, *arguments: Tree) -> Element:
        """Return the result element of an operation that has an effect.

        Raises TemporaryError when nothing was done; UnknownOutcomeError, SoapFaultError.
        """
        return await self._with_ticket(operation, cuit, arguments, is_repeatable=False)

    async def _with_ticket(
        self, operation: str, cuit: str, arguments: Sequence[Tree], *, is_repeatable: bool
    ) -> Element:
        ticket = await self._tickets.ticket()
        result = await self._guarded(
            operation, cuit, ticket, arguments=arguments, is_repeatable=is_repeatable
        )
        if not _refuses_ticket(result):
            return result
        ticket = await self._tickets.renew(ticket)
        result = await self._guarded(
            operation, cuit, ticket, arguments=arguments, is_repeatable=is_repeatable
        )
        if _refuses_ticket(result):
            raise TicketRefusedError(
                "ARCA refuses the access ticket.",
                message_of_arca=findings_in(result)[0].message,
            )
        return result

    async def _guarded(
        self,
        operation: str,
        cuit: str,
        ticket: AccessTicket,
        *,
        arguments: Sequence[Tree],
        is_repeatable: bool,
    ) -> Element:
        try:
            return await self._calls.make(
                operation,
                partial(self._call, operation, cuit, ticket, arguments),
                keys=(self._alias,),
                is_repeatable=is_repeatable,
                is_failure=_is_failure,
            )
        except _TroubleError as trouble:
            return trouble.result

    async def _call(
        self, operation: str, cuit: str, ticket: AccessTicket, arguments: Sequence[Tree]
    ) -> Element:
        auth: Tree = ("Auth", [("Token", ticket.token), ("Sign", ticket.sign), ("Cuit", cuit)])
        answer = await self._channel.call(
            build((operation, [auth, *arguments])), action=f"{NAMESPACE}{operation}"
        )
        result = find(answer, f"{operation}Result")
        if result is None:
            raise AnswerLostError(f"{operation}: the answer holds no result.")
        for event in find_all(result, "Events", "Evt"):
            # Notices of maintenance and coming rules: for people, never a reason to fail.
            _log.info("arca_notice", code=text_of(event, "Code"), text=text_of(event, "Msg"))
        if any(class_of(finding) is CodeClass.UNKNOWN_OUTCOME for finding in findings_in(result)):
            raise _TroubleError(result)
        return result


def findings_in(result: Element, record: Element | None = None) -> list[Finding]:
    """Return the codes of an answer: those of its header, then those of a record."""
    errors = [_finding(item, Place.ERRORS) for item in find_all(result, "Errors", "Err")]
    if record is None:
        return errors
    observations = find_all(record, "Observaciones", "Obs")
    return errors + [_finding(item, Place.OBSERVATIONS) for item in observations]


def _finding(item: Element, place: Place) -> Finding:
    code = text_of(item, "Code")
    return Finding(int(code) if code.isdigit() else 0, text_of(item, "Msg"), place)


def _is_failure(error: BaseException) -> bool:
    if isinstance(error, SoapFaultError):
        # The other faults are the server's own.
        return not error.code.startswith("Client")
    return isinstance(error, _TroubleError) or is_failure(error)


def _refuses_ticket(result: Element) -> bool:
    return any(class_of(finding) is CodeClass.TICKET for finding in findings_in(result))
