"""ARCA's authentication service (WSAA): LoginCms, the way Axis 1.4 answers."""

import base64
import binascii
import re
from dataclasses import replace
from datetime import datetime
from html import escape

import structlog
from cryptography import x509
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox.arca.certificates import CertificateAuthority
from sandbox.arca.login_request import LoginRefusedError, LoginRequest
from sandbox.arca.signed_data import (
    SignatureRefusedError,
    SignedContent,
    SignerNotFoundError,
    UnreadableCmsError,
    verify_signed_data,
)
from sandbox.arca.tickets import (
    AlreadyAuthenticatedError,
    Ticket,
    TicketOffice,
    java_name,
)
from sandbox.arca.tokens import WSAA_NAME
from sandbox.arca.web_pages import server_error_page, unavailable_page
from sandbox.calls import Call, Fields, Reply
from sandbox.clock import ARGENTINA, Clock
from sandbox.soap import SOAP_11, Envelope, MalformedXmlError

LOGIN = "loginCms"
SERVICES = frozenset({"wsfe"})
_NAMESPACE = "http://wsaa.view.sua.dvadac.desein.afip.gov"
_AXIS = "http://xml.apache.org/axis/"
_HOST = "wsaaext0.sandbox"
_FAULT_TEXTS = {
    "coe.alreadyAuthenticated": "El CEE ya posee un TA valido para el acceso al WSN solicitado",
    "coe.notAuthorized": "Computador no autorizado a acceder al servicio",
    "cms.bad": "El CMS no es valido",
    "cms.bad.base64": "No se puede decodificar el BASE64",
    "cms.cert.notFound": "No se ha encontrado certificado de firmador",
    "cms.sign.invalid": "Firma inválida o algoritmo no soportado",
    "cms.cert.expired": "Certificado expirado",
    "cms.cert.invalid": "Certificado con fecha de generacion posterior a la actual",
    "cms.cert.untrusted": "Certificado no emitido por AC de confianza",
    "xml.bad": "No se ha podido interpretar el XML contra el SCHEMA",
    "xml.source.invalid": "El atributo 'source' no se corresponde con el DN del Certificado",
    "xml.destination.invalid": "El atributo 'destination' no se corresponde con el DN del WSAA",
    "xml.version.notSupported": "La versión del documento no es soportada",
    "xml.generationTime.invalid": (
        "generationTime posee formato o dato inválido "
        "(ej: en el futuro o más de 24 horas de antigüedad)"
    ),
    "xml.expirationTime.expired": "El tiempo de expiración es inferior a la hora actual",
    "xml.expirationTime.invalid": "El tiempo de expiración del documento es superior a 24 horas",
    "wsn.notFound": "Servicio informado inexistente",
    "wsn.unavailable": (
        "El servicio al que se desea acceder se encuentra momentáneamente fuera de servicio"
    ),
    "wsaa.unavailable": (
        "El servicio de autenticación/autorización se encuentra momentáneamente fuera de servicio"
    ),
    "wsaa.internalError": "No se ha podido procesar el requerimiento",
}
_log = structlog.get_logger(__name__)


class Wsaa:
    name = "arca.wsaa"
    operations = frozenset({LOGIN})

    def __init__(
        self, authority: CertificateAuthority, tickets: TicketOffice, clock: Clock
    ) -> None:
        self._authority = authority
        self._tickets = tickets
        self._clock = clock

    def read(self, request: Request, body: bytes) -> Call:
        try:
            envelope = Envelope.read(body, request.headers)
        except MalformedXmlError as error:
            return _failed_call("soapenv:Server.userException", f"org.xml.sax.{error}")
        if envelope.version == SOAP_11 and request.headers.get("soapaction") is None:
            return _failed_call("ns1:Client.NoSOAPAction", "no SOAPAction header!")
        return Call(
            operation=LOGIN,
            perform=lambda: self._login(envelope),
            refuse=lambda code: _refusal(envelope, code).response,
        )

    def throttled(self, wait_seconds: float) -> Response:
        return unavailable_page(wait_seconds)

    def broken(self) -> Response:
        return server_error_page()

    def _login(self, envelope: Envelope) -> Reply:
        text = None if envelope.content is None else envelope.content.find("{*}in0")
        if text is None:
            return _fault(
                envelope,
                "soapenv:Server.userException",
                "javax.ejb.EJBException: java.lang.NullPointerException",
            )
        try:
            signed = _open_cms("".join(map(str, text.itertext())))
            self._check_certificate(signed.signer)
        except LoginRefusedError as refused:
            return _refusal(envelope, refused.code)
        fields = {"certificate": java_name(signed.signer.subject)}
        try:
            ticket, service = self._ticket_for(signed)
        except LoginRefusedError as refused:
            refusal = _refusal(envelope, refused.code)
            return replace(refusal, fields={**refusal.fields, **fields})
        return _granted(envelope, ticket, {**fields, "service": service})

    def _check_certificate(self, certificate: x509.Certificate) -> None:
        now = self._clock()
        if certificate.not_valid_before_utc > now:
            raise LoginRefusedError("cms.cert.invalid")
        if certificate.not_valid_after_utc < now:
            raise LoginRefusedError("cms.cert.expired")
        if not self._authority.issued(certificate):
            raise LoginRefusedError("cms.cert.untrusted")

    def _ticket_for(self, signed: SignedContent) -> tuple[Ticket, str]:
        asked = LoginRequest.read(signed.content)
        asked.check(signer_name=java_name(signed.signer.subject), now=self._clock())
        if asked.service not in SERVICES:
            raise LoginRefusedError("wsn.notFound")
        try:
            return self._tickets.issue(signed.signer, asked.service), asked.service
        except AlreadyAuthenticatedError as error:
            raise LoginRefusedError("coe.alreadyAuthenticated") from error


def _open_cms(text: str) -> SignedContent:
    try:
        der = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise LoginRefusedError("cms.bad.base64") from error
    if not der:
        raise LoginRefusedError("cms.bad.base64")
    try:
        return verify_signed_data(der)
    except UnreadableCmsError as error:
        raise LoginRefusedError("cms.bad") from error
    except SignerNotFoundError as error:
        raise LoginRefusedError("cms.cert.notFound") from error
    except SignatureRefusedError as error:
        raise LoginRefusedError("cms.sign.invalid") from error


def _granted(envelope: Envelope, ticket: Ticket, fields: Fields) -> Reply:
    # The answer's elements stand in whatever namespace the question's stood in.
    namespace = etree.QName(envelope.content).namespace if envelope.content is not None else None
    content = (
        f'<loginCmsResponse xmlns="{escape(namespace or _NAMESPACE)}"><loginCmsReturn>'
        f"{escape(_ticket_xml(ticket))}</loginCmsReturn></loginCmsResponse>"
    )
    return Reply(_answer(envelope, content, status=200), "ticket issued", fields)


def _ticket_xml(ticket: Ticket) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<loginTicketResponse version="1">
    <header>
        <source>{WSAA_NAME}</source>
        <destination>{escape(ticket.holder)}</destination>
        <uniqueId>{ticket.unique_id}</uniqueId>
        <generationTime>{_local(ticket.issued_at)}</generationTime>
        <expirationTime>{_local(ticket.expires_at)}</expirationTime>
    </header>
    <credentials>
        <token>{ticket.token}</token>
        <sign>{ticket.sign}</sign>
    </credentials>
</loginTicketResponse>
"""


def _local(moment: datetime) -> str:
    return moment.astimezone(ARGENTINA).isoformat(timespec="milliseconds")


def _failed_call(code: str, text: str) -> Call:
    reply = _fault(Envelope(version=SOAP_11, content=None, action=None), code, text)
    return Call(operation=LOGIN, perform=lambda: reply, refuse=lambda _: reply.response)


def _refusal(envelope: Envelope, code: str) -> Reply:
    _log.info("login_refused", code=code)
    return _fault(envelope, f"ns1:{code}", _FAULT_TEXTS.get(code, code))


def _fault(envelope: Envelope, code: str, text: str) -> Reply:
    detail = (
        f'<ns2:exceptionName xmlns:ns2="{_AXIS}">gov.afip.desein.dvadac.sua.view.wsaa.LoginFault'
        f'</ns2:exceptionName><ns3:hostname xmlns:ns3="{_AXIS}">{_HOST}</ns3:hostname>'
    )
    if envelope.version == SOAP_11:
        fault = (
            f'<soapenv:Fault><faultcode xmlns:ns1="{_AXIS}">{escape(code)}</faultcode>'
            f"<faultstring>{escape(text)}</faultstring><detail>{detail}</detail></soapenv:Fault>"
        )
    else:
        fault = (
            f'<soapenv:Fault><soapenv:Code xmlns:ns1="{_AXIS}"><soapenv:Value>{escape(code)}'
            f'</soapenv:Value></soapenv:Code><soapenv:Reason><soapenv:Text xml:lang="en">'
            f"{escape(text)}</soapenv:Text></soapenv:Reason><soapenv:Detail>{detail}"
            "</soapenv:Detail></soapenv:Fault>"
        )
    return Reply(_answer(envelope, fault, status=500), f"fault {code}", {"fault": code})


def _answer(envelope: Envelope, content: str, *, status: int) -> Response:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="'
        f'{envelope.version}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    )
    return Response(body, status, media_type=f"{envelope.media_type};charset=utf-8")
