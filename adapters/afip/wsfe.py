"""WSFEv1: the operations we use, with one renewal of a ticket that it refuses."""

from collections.abc import Sequence

import structlog

from adapters.afip.access_tickets import AccessTickets
from adapters.afip.channel import AnswerLostError, Channel
from adapters.afip.comprobante_xml import NAMESPACE, Tree, build
from adapters.afip.error_codes import CodeClass, Finding, Place, class_of
from adapters.afip.soap import Element, find, find_all, text_of
from domain.errors import TemporaryError
from domain.invoicing.access_ticket import AccessTicket

_log = structlog.get_logger(__name__)


class TicketRefusedError(TemporaryError):
    """WSFEv1 takes neither our ticket nor a new one; it did nothing."""

    reason = "ARCA_TICKET_REFUSED"


class WsfeClient:
    """Calls operations on behalf of taxpayers."""

    def __init__(self, channel: Channel, tickets: AccessTickets) -> None:
        self._channel = channel
        self._tickets = tickets

    async def call(self, operation: str, cuit: str, *arguments: Tree) -> Element:
        """Return an operation's result element.

        Raises TemporaryError when nothing was done; AnswerLostError, SoapFaultError.
        """
        ticket = await self._tickets.ticket()
        result = await self._call(operation, cuit, ticket, arguments)
        if not _refuses_ticket(result):
            return result
        ticket = await self._tickets.renew(ticket)
        result = await self._call(operation, cuit, ticket, arguments)
        if _refuses_ticket(result):
            raise TicketRefusedError(
                "ARCA refuses the access ticket.",
                message_of_arca=findings_in(result)[0].message,
            )
        return result

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


def _refuses_ticket(result: Element) -> bool:
    return any(class_of(finding) is CodeClass.TICKET for finding in findings_in(result))
