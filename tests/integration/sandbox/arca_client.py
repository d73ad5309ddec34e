"""ARCA as its documents describe it, spoken without any code of the sandbox."""

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from lxml import etree

from tests.support.clocks import StoppedClock

WSAA = "http://wsaa.view.sua.dvadac.desein.afip.gov"
WSFE = "http://ar.gov.afip.dif.FEV1/"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


@dataclass(frozen=True, slots=True)
class Certificate:
    pem: bytes
    key_pem: bytes


@dataclass(frozen=True, slots=True)
class Ticket:
    token: str
    sign: str


@dataclass(slots=True, kw_only=True)
class ArcaClient:
    http: httpx.Client
    clock: StoppedClock
    cuit: int
    certificate: Certificate
    _ticket: Ticket | None = field(default=None)

    def login_request(
        self,
        *,
        generated: timedelta = timedelta(minutes=-10),
        expires: timedelta = timedelta(minutes=10),
        service: str = "wsfe",
        version: str = "1.0",
        extra_header: str = "",
    ) -> bytes:
        now = self.clock.now()
        return (
            f'<loginTicketRequest version="{version}"><header>{extra_header}'
            f"<uniqueId>4325399</uniqueId>"
            f"<generationTime>{(now + generated).isoformat()}</generationTime>"
            f"<expirationTime>{(now + expires).isoformat()}</expirationTime>"
            f"</header><service>{service}</service></loginTicketRequest>"
        ).encode()

    def signed(self, content: bytes, *options: PKCS7Options) -> bytes:
        key = load_pem_private_key(self.certificate.key_pem, None)
        assert isinstance(key, RSAPrivateKey)
        return (
            PKCS7SignatureBuilder()
            .set_data(content)
            .add_signer(x509.load_pem_x509_certificate(self.certificate.pem), key, hashes.SHA256())
            .sign(Encoding.DER, [PKCS7Options.Binary, *options])
        )

    def login(self, cms: bytes | str, *, namespace: str = WSAA, soap: str = SOAP_11) -> "Answer":
        text = cms if isinstance(cms, str) else base64.b64encode(cms).decode()
        body = (
            f'<e:Envelope xmlns:e="{soap}"><e:Body><l:loginCms xmlns:l="{namespace}">'
            f"<l:in0>{escape(text)}</l:in0></l:loginCms></e:Body></e:Envelope>"
        )
        headers = {"content-type": "text/xml", "soapaction": ""}
        if soap == SOAP_12:
            headers = {"content-type": "application/soap+xml"}
        return Answer(self.http.post("/ws/services/LoginCms", content=body, headers=headers))

    def ticket(self) -> Ticket:
        """Return the ticket held, after a first login."""
        if self._ticket is None:
            self._ticket = ticket_in(self.login(self.signed(self.login_request())))
        return self._ticket

    def forget_ticket(self) -> None:
        self._ticket = None

    def call(self, operation: str, content: str = "", **options: str) -> "Answer":
        ticket = self.ticket()
        auth = (
            f"<Auth><Token>{ticket.token}</Token><Sign>{ticket.sign}</Sign>"
            f"<Cuit>{self.cuit}</Cuit></Auth>"
        )
        return self.call_as(auth, operation, content, **options)

    def call_as(
        self,
        auth: str,
        operation: str,
        content: str = "",
        *,
        soap: str = SOAP_11,
        action: str | None = None,
    ) -> "Answer":
        body = (
            f'<s:Envelope xmlns:s="{soap}"><s:Body><{operation} xmlns="{WSFE}">{auth}{content}'
            f"</{operation}></s:Body></s:Envelope>"
        )
        action = f"{WSFE}{operation}" if action is None else action
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{action}"'}
        if soap == SOAP_12:
            headers = {"content-type": f'application/soap+xml; action="{action}"'}
        return Answer(self.http.post("/wsfev1/service.asmx", content=body, headers=headers))

    def last_number(self, *, point_of_sale: int = 1, voucher_type: int = 11) -> int:
        answer = self.call(
            "FECompUltimoAutorizado",
            f"<PtoVta>{point_of_sale}</PtoVta><CbteTipo>{voucher_type}</CbteTipo>",
        )
        return int(answer.text("CbteNro"))

    def look_up(self, number: int, *, point_of_sale: int = 1, voucher_type: int = 11) -> "Answer":
        return self.call(
            "FECompConsultar",
            f"<FeCompConsReq><CbteTipo>{voucher_type}</CbteTipo><CbteNro>{number}</CbteNro>"
            f"<PtoVta>{point_of_sale}</PtoVta></FeCompConsReq>",
        )

    def request_cae(
        self,
        *records: str,
        point_of_sale: int = 1,
        voucher_type: int = 11,
        count: int | None = None,
    ) -> "Answer":
        details = "".join(f"<FECAEDetRequest>{record}</FECAEDetRequest>" for record in records)
        count = len(records) if count is None else count
        return self.call(
            "FECAESolicitar",
            f"<FeCAEReq><FeCabReq><CantReg>{count}</CantReg><PtoVta>{point_of_sale}</PtoVta>"
            f"<CbteTipo>{voucher_type}</CbteTipo></FeCabReq><FeDetReq>{details}</FeDetReq>"
            "</FeCAEReq>",
        )

    def today(self, days: int = 0) -> str:
        """Return the day in Argentina, as ARCA writes it."""
        return f"{self.clock.now() - timedelta(hours=3) + timedelta(days=days):%Y%m%d}"

    def record_c(self, number: int, **changes: str | None) -> str:
        """Return an invoice of class C to an anonymous final consumer."""
        today = self.today()
        fields: dict[str, str | None] = {
            "Concepto": "2",
            "DocTipo": "99",
            "DocNro": "0",
            "CbteDesde": str(number),
            "CbteHasta": str(number),
            "CbteFch": today,
            "ImpTotal": "45000.00",
            "ImpTotConc": "0",
            "ImpNeto": "45000.00",
            "ImpOpEx": "0",
            "ImpTrib": "0",
            "ImpIVA": "0",
            "FchServDesde": today,
            "FchServHasta": today,
            "FchVtoPago": today,
            "MonId": "PES",
            "MonCotiz": "1",
            "CondicionIVAReceptorId": "5",
        }
        return _elements(fields | changes)

    def record_b(self, number: int, **changes: str | None) -> str:
        """Return an invoice of class B with 21 % VAT."""
        amounts: dict[str, str | None] = {
            "ImpTotal": "121.00",
            "ImpNeto": "100.00",
            "ImpIVA": "21.00",
            "Iva": vat_line(5, "100.00", "21.00"),
        }
        return self.record_c(number, **(amounts | changes))


@dataclass(frozen=True, slots=True)
class Answer:
    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def root(self) -> "etree._Element":
        return etree.fromstring(self.response.content)

    def text(self, name: str) -> str:
        """Return the text of the first element of this name; fail without one."""
        return self.texts(name)[0]

    def texts(self, name: str) -> list[str]:
        return [element.text or "" for element in self.root.iter(f"{{*}}{name}")]

    def has(self, name: str) -> bool:
        return bool(self.texts(name))

    def codes(self, kind: str) -> list[int]:
        """Return the codes under Err or Obs."""
        return [
            int(code.text or 0)
            for found in self.root.iter(f"{{*}}{kind}")
            for code in found.iterfind("{*}Code")
        ]


def vat_line(rate: int, base: str, amount: str) -> str:
    return f"<AlicIva><Id>{rate}</Id><BaseImp>{base}</BaseImp><Importe>{amount}</Importe></AlicIva>"


def ticket_in(answer: Answer) -> Ticket:
    inner = ticket_xml_in(answer)
    token = inner.findtext("credentials/token")
    sign = inner.findtext("credentials/sign")
    assert token
    assert sign
    return Ticket(token, sign)


def ticket_xml_in(answer: Answer) -> "etree._Element":
    assert answer.status == 200, answer.response.text
    return etree.fromstring(answer.text("loginCmsReturn").encode())


def _elements(fields: dict[str, str | None]) -> str:
    return "".join(
        f"<{name}>{value}</{name}>" for name, value in fields.items() if value is not None
    )
