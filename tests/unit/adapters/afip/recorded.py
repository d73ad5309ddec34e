"""ARCA's answers as manuals and recordings show them, and a transport that gives them back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path

import httpx
from lxml import etree

from adapters.afip.authority import ArcaAuthority
from adapters.afip.credentials import load_credentials
from adapters.afip.services import open_arca_services
from tests.support.clocks import StoppedClock
from tests.support.guarded import guarded_calls
from tests.support.in_memory_access_tickets import InMemoryAccessTickets

WSAA_URL = "https://wsaa.test/ws/services/LoginCms"
WSFE_URL = "https://wsfe.test/wsfev1/service.asmx"

Handler = Callable[[httpx.Request], httpx.Response]

A_FINDING = "<{0}><Code>{1}</Code><Msg>{2}</Msg></{0}>"


def soap(content: str, *, status: int = 200, soap_namespace: str = "11") -> httpx.Response:
    """Return an answer as .NET writes it."""
    envelope = {
        "11": "http://schemas.xmlsoap.org/soap/envelope/",
        "12": "http://www.w3.org/2003/05/soap-envelope",
    }[soap_namespace]
    return httpx.Response(
        status,
        headers={"content-type": "text/xml; charset=utf-8"},
        content=(
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<soap:Envelope xmlns:soap="{envelope}"><soap:Header>'
            '<FEHeaderInfo xmlns="http://ar.gov.afip.dif.FEV1/"><ambiente>Homologacion</ambiente>'
            "<fecha>2026-11-20T09:00:00-03:00</fecha><id>4.8.0</id></FEHeaderInfo></soap:Header>"
            f"<soap:Body>{content}</soap:Body></soap:Envelope>"
        ).encode(),
    )


def wsfe(operation: str, content: str) -> httpx.Response:
    """Return an operation's answer."""
    return soap(
        f'<{operation}Response xmlns="http://ar.gov.afip.dif.FEV1/"><{operation}Result>'
        f"{content}</{operation}Result></{operation}Response>"
    )


def errors(*findings: tuple[int, str]) -> str:
    return "<Errors>" + "".join(A_FINDING.format("Err", *item) for item in findings) + "</Errors>"


def observations(*findings: tuple[int, str]) -> str:
    listed = "".join(A_FINDING.format("Obs", *item) for item in findings)
    return f"<Observaciones>{listed}</Observaciones>" if findings else ""


def solicited(
    result: str,
    *,
    number: int = 17,
    cae: str = "",
    due: str = "",
    tail: str = "",
    remarks: str = "",
) -> httpx.Response:
    """Return FECAESolicitar's answer about one record."""
    return wsfe(
        "FECAESolicitar",
        f"<FeCabResp><Cuit>30712345671</Cuit><PtoVta>2</PtoVta><CbteTipo>6</CbteTipo>"
        f"<FchProceso>20261120090000</FchProceso><CantReg>1</CantReg><Resultado>{result}"
        f"</Resultado><Reproceso>N</Reproceso></FeCabResp><FeDetResp><FECAEDetResponse>"
        f"<Concepto>2</Concepto><DocTipo>96</DocTipo><DocNro>30123456</DocNro>"
        f"<CbteDesde>{number}</CbteDesde><CbteHasta>{number}</CbteHasta>"
        f"<CbteFch>20261120</CbteFch><Resultado>{result}</Resultado>{remarks}"
        f"<CAE>{cae}</CAE><CAEFchVto>{due}</CAEFchVto></FECAEDetResponse></FeDetResp>{tail}",
    )


def last_number(number: int, tail: str = "") -> httpx.Response:
    return wsfe(
        "FECompUltimoAutorizado",
        f"<PtoVta>2</PtoVta><CbteTipo>6</CbteTipo><CbteNro>{number}</CbteNro>{tail}",
    )


def a_document(**changes: str) -> httpx.Response:
    """Return FECompConsultar's answer: doubles without padding, what was not sent empty."""
    fields = {
        "Concepto": "2",
        "DocTipo": "96",
        "DocNro": "30123456",
        "CbteDesde": "17",
        "CbteHasta": "17",
        "CbteFch": "20261120",
        "ImpTotal": "121000",
        "ImpTotConc": "0",
        "ImpNeto": "100000",
        "ImpOpEx": "0",
        "ImpTrib": "0",
        "ImpIVA": "21000",
        "FchServDesde": "20261120",
        "FchServHasta": "20261120",
        "FchVtoPago": "20261120",
        "MonId": "PES",
        "MonCotiz": "1",
        "Iva": "<AlicIva><Id>5</Id><BaseImp>100000</BaseImp><Importe>21000</Importe></AlicIva>",
        "Resultado": "A",
        "CodAutorizacion": "75123456789012",
        "EmisionTipo": "CAE",
        "FchVto": "20261130",
        "FchProceso": "20261120090000",
        "PtoVta": "2",
        "CbteTipo": "6",
    } | changes
    elements = "".join(
        f"<{name}>{text}</{name}>" if text else f"<{name} />" for name, text in fields.items()
    )
    return wsfe("FECompConsultar", f"<ResultGet>{elements}</ResultGet>")


def a_ticket(
    token: str = "dG9rZW4=",  # noqa: S107 -- a made-up one
    expires: str = "2026-11-20T21:00:00.000-03:00",
) -> httpx.Response:
    """Return WSAA's answer, its namespace the request's, its ticket escaped XML."""
    ticket = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<loginTicketResponse version="1">'
        "<header><source>CN=wsaahomo, O=AFIP, C=AR, SERIALNUMBER=CUIT 33693450239</source>"
        "<destination>CN=campotech</destination><uniqueId>4018463563</uniqueId>"
        "<generationTime>2026-11-20T09:00:00.000-03:00</generationTime>"
        f"<expirationTime>{expires}</expirationTime></header>"
        f"<credentials><token>{token}</token><sign>c2lnbg==</sign></credentials>"
        "</loginTicketResponse>"
    )
    return soap(
        '<loginCmsResponse xmlns="http://wsaa.view.sua.dvadac.desein.afip.gov"><loginCmsReturn>'
        f"{escape(ticket)}</loginCmsReturn></loginCmsResponse>"
    )


def a_fault(code: str, text: str = "Falla", *, soap_namespace: str = "11") -> httpx.Response:
    """Return a fault as Axis writes it."""
    if soap_namespace == "12":
        content = (
            '<soap:Fault><soap:Code xmlns:ns1="http://xml.apache.org/axis/"><soap:Value>'
            f"ns1:{code}</soap:Value></soap:Code><soap:Reason><soap:Text>{text}</soap:Text>"
            "</soap:Reason></soap:Fault>"
        )
    else:
        content = (
            '<soap:Fault><faultcode xmlns:ns1="http://xml.apache.org/axis/">'
            f"ns1:{code}</faultcode><faultstring>{text}</faultstring></soap:Fault>"
        )
    return soap(content, status=500, soap_namespace=soap_namespace)


class Arca:
    """Gives answers in order, by operation, and remembers what it was sent."""

    def __init__(self, clock: StoppedClock | None = None) -> None:
        self.clock = clock or StoppedClock()
        self.tickets = InMemoryAccessTickets()
        self.calls = guarded_calls()
        self.requests: list[httpx.Request] = []
        self._answers: dict[str, list[httpx.Response | Exception | Handler]] = {}

    def answer(self, operation: str, *answers: httpx.Response | Exception | Handler) -> None:
        """Have an operation answer so, one after the other; the last one from then on."""
        self._answers[operation] = list(answers)

    def sent(self, operation: str) -> list["etree._Element"]:
        """Return the operation's elements that were sent."""
        found = (etree.fromstring(request.content) for request in self.requests)
        elements = [root.find(f"{{*}}Body/{{*}}{operation}") for root in found]
        return [element for element in elements if element is not None]

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = etree.fromstring(request.content)[0]
        answers = self._answers[etree.QName(body[0]).localname]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @asynccontextmanager
    async def open(self, pem_files: tuple[Path, Path]) -> AsyncIterator[ArcaAuthority]:
        async with open_arca_services(
            wsaa_url=WSAA_URL,
            wsfe_url=WSFE_URL,
            tickets=self.tickets,
            clock=self.clock,
            calls=self.calls,
            transport=httpx.MockTransport(self.handle),
        ) as services:
            yield services.authority(load_credentials(*pem_files))
