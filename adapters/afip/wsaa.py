"""WSAA, ARCA's login: a signed request for an access ticket (TRA), a ticket (TA) in return."""

import base64
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from lxml import etree

from adapters.afip.channel import AnswerLostError, Channel
from adapters.afip.credentials import Credentials
from adapters.afip.soap import Element, NotSoapError, SoapFaultError, find, parse, text_of
from adapters.guarded_calls.calls import CallTimedOutError, GuardedCalls, is_failure
from domain.clock import BUSINESS_TIME_ZONE, Clock
from domain.errors import TemporaryError
from domain.invoicing.access_ticket import AccessTicket

_NAMESPACE = "http://wsaa.view.sua.dvadac.desein.afip.gov"
_ACTION = "loginCms"
"""WSAA wants a SOAPAction header and does not read it."""
_WINDOW = timedelta(minutes=10)

_CLOCK_FAULTS = frozenset(
    {"xml.generationTime.invalid", "xml.expirationTime.expired", "xml.expirationTime.invalid"}
)


class LoginFault(StrEnum):
    """Why there is no ticket."""

    ALREADY_AUTHENTICATED = "ALREADY_AUTHENTICATED"
    """One was issued a moment ago, to somebody: it is not repeated."""
    OUTAGE = "OUTAGE"
    LOST = "LOST"
    CLOCK = "CLOCK"
    REFUSED = "REFUSED"
    """Somebody has to put something right: the certificate, the portal, or our code."""


WAIT_SECONDS = {
    LoginFault.ALREADY_AUTHENTICATED: 60.0,
    # The service asks for at least a minute between tries.
    LoginFault.OUTAGE: 60.0,
    LoginFault.LOST: 60.0,
    LoginFault.CLOCK: 60.0,
    LoginFault.REFUSED: 600.0,
}


class LoginFailedError(TemporaryError):
    """No ticket now; nobody may ask again for `retry_after_seconds`."""

    reason = "ARCA_LOGIN_FAILED"

    def __init__(self, fault: LoginFault, code: str) -> None:
        wait_seconds = WAIT_SECONDS[fault]
        super().__init__(
            f"ARCA gives no access ticket: {code}.", retry_after_seconds=wait_seconds, code=code
        )
        self.fault = fault
        self.wait_seconds = wait_seconds


class WsaaClient:
    """Logs in to one service with one certificate."""

    def __init__(
        self,
        channel: Channel,
        calls: GuardedCalls,
        *,
        credentials: Credentials,
        clock: Clock,
        service: str,
    ) -> None:
        self._channel = channel
        self._calls = calls
        self._credentials = credentials
        self._clock = clock
        self._service = service

    async def log_in(self) -> AccessTicket:
        """Return a new ticket; raise LoginFailedError, or TemporaryError if nothing left.

        A login is never repeated here: one that is asked for twice is refused for minutes.
        """
        signed = self._credentials.sign(self._ticket_request())
        content = etree.Element(f"{{{_NAMESPACE}}}loginCms", nsmap={None: _NAMESPACE})
        etree.SubElement(content, f"{{{_NAMESPACE}}}in0").text = base64.b64encode(signed).decode()
        try:
            return await self._calls.make(
                _ACTION,
                partial(self._log_in, content),
                keys=(self._credentials.alias,),
                is_failure=_is_failure,
            )
        except CallTimedOutError as error:
            raise LoginFailedError(LoginFault.LOST, str(error)) from error

    async def _log_in(self, content: Element) -> AccessTicket:
        try:
            answer = await self._channel.call(content, action=_ACTION)
            return _ticket_from(text_of(answer, "loginCmsReturn"))
        except SoapFaultError as fault:
            raise LoginFailedError(_fault_of(fault.code), fault.code) from fault
        except (AnswerLostError, NotSoapError) as error:
            raise LoginFailedError(LoginFault.LOST, str(error)) from error

    def _ticket_request(self) -> bytes:
        now = self._clock.now()
        root = etree.Element("loginTicketRequest", version="1.0")
        header = etree.SubElement(root, "header")
        etree.SubElement(header, "uniqueId").text = str(secrets.randbits(32))
        etree.SubElement(header, "generationTime").text = _local(now - _WINDOW)
        etree.SubElement(header, "expirationTime").text = _local(now + _WINDOW)
        etree.SubElement(root, "service").text = self._service
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _is_failure(error: BaseException) -> bool:
    if isinstance(error, LoginFailedError):
        return error.fault in {LoginFault.OUTAGE, LoginFault.LOST}
    return is_failure(error)


def _local(moment: datetime) -> str:
    return moment.astimezone(BUSINESS_TIME_ZONE).isoformat(timespec="seconds")


def _fault_of(code: str) -> LoginFault:
    if code == "coe.alreadyAuthenticated":
        return LoginFault.ALREADY_AUTHENTICATED
    if code == "wsn.unavailable" or code.startswith("wsaa."):
        return LoginFault.OUTAGE
    if code in _CLOCK_FAULTS:
        return LoginFault.CLOCK
    return LoginFault.REFUSED


def _ticket_from(document: str) -> AccessTicket:
    """Read the ticket that stands as escaped XML inside the answer; raise NotSoapError."""
    root = parse(document.encode())
    credentials = find(root, "credentials")
    try:
        expires_at = datetime.fromisoformat(text_of(root, "header", "expirationTime"))
    except ValueError as error:
        raise NotSoapError("The ticket does not say when it expires.") from error
    if credentials is None or expires_at.tzinfo is None:
        raise NotSoapError("The ticket is incomplete.")
    return AccessTicket(
        token=text_of(credentials, "token"),
        sign=text_of(credentials, "sign"),
        expires_at=expires_at,
    )
