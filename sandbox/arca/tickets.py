"""Access tickets (TA): what WSAA issues and WSFEv1 checks.

A token names the taxpayers its certificate may act for, as they were at its issue: who is
delegated later needs a new one. Tokens are signed by the sandbox's authority, so they outlive
a restart when that authority is kept.
"""

import base64
import binascii
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from lxml import etree

from sandbox.arca.certificates import CertificateAuthority, holder_cuit
from sandbox.arca.cuit import is_cuit
from sandbox.behaviour import Controls
from sandbox.clock import Clock
from sandbox.soap import MalformedXmlError, parse_xml

WSAA_NAME = "CN=wsaahomo, O=AFIP, C=AR, SERIALNUMBER=CUIT 33693450239"
_LOGINS_REMEMBERED = 10_000
_TOKENS_REMEMBERED = 1024
# Real tokens begin a minute before the ticket that holds them.
_TOKEN_BACKDATING = timedelta(seconds=60)
_NAME_LABELS = {
    NameOID.SERIAL_NUMBER: "SERIALNUMBER",
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.COUNTRY_NAME: "C",
}


class AlreadyAuthenticatedError(Exception):
    """The certificate got a ticket for the service a moment ago."""


class TokenRefusedError(Exception):
    """The message is WSFEv1's text for code 600."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    unique_id: int
    holder: str
    issued_at: datetime
    expires_at: datetime
    token: str
    sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    service: str
    starts: int
    ends: int
    relations: frozenset[int]
    # The sandbox's own shorthand for "every CUIT but these", which no real token could hold.
    stands_for_all: bool
    excluded: frozenset[int]

    def acts_for(self, cuit: int) -> bool:
        if cuit in self.relations:
            return True
        return self.stands_for_all and cuit not in self.excluded and is_cuit(cuit)


class TicketOffice:
    def __init__(self, authority: CertificateAuthority, controls: Controls, clock: Clock) -> None:
        self._authority = authority
        self._controls = controls
        self._clock = clock
        self._logins: OrderedDict[tuple[bytes, str], datetime] = OrderedDict()
        self._read_token = lru_cache(maxsize=_TOKENS_REMEMBERED)(self._decode_token)
        self._is_genuine = lru_cache(maxsize=_TOKENS_REMEMBERED)(self._verify_sign)

    def issue(self, certificate: x509.Certificate, service: str) -> Ticket:
        """Return a new ticket; raise AlreadyAuthenticatedError."""
        now = self._clock()
        self._remember_login(certificate, service, now)
        expires = now + timedelta(seconds=self._controls.arca.ticket_lifetime_seconds)
        holder = java_name(certificate.subject)
        token = base64.b64encode(
            _sso_xml(
                service,
                holder,
                self._relations(certificate),
                starts=now - _TOKEN_BACKDATING,
                ends=expires,
            )
        )
        return Ticket(
            unique_id=secrets.randbits(32),
            holder=holder,
            issued_at=now,
            expires_at=expires,
            token=token.decode(),
            sign=base64.b64encode(self._authority.sign(token)).decode(),
        )

    def check(self, token: str, sign: str, *, cuit: int, service: str) -> None:
        """Raise TokenRefusedError unless the token lets its holder act for this CUIT."""
        if not token:
            raise TokenRefusedError("ValidacionDeToken: Parametro nulo o vacio (token)")
        content = self._read_token(token)
        now = int(self._clock().timestamp())
        # The dates are looked at before the signature.
        if not content.starts <= now < content.ends:
            raise TokenRefusedError(
                "ValidacionDeToken: No validaron las fechas del token. "
                f"GenTime={content.starts}, ExpTime={content.ends}, NowUTC={now}"
            )
        if not self._is_genuine(token, sign):
            raise TokenRefusedError("ValidacionDeToken: Error al verificar hash: ")
        if content.service != service:
            raise TokenRefusedError(
                f"ValidacionDeToken: No valido Id Sistema: {service}"
                f"(Id Sistema de token es: {content.service})"
            )
        if not content.acts_for(cuit) or cuit in self._controls.arca.not_delegated:
            raise TokenRefusedError(
                f"ValidacionDeToken: No aparecio CUIT en lista de relaciones: {cuit}"
            )

    def forget_logins(self) -> None:
        self._logins.clear()

    def _remember_login(self, certificate: x509.Certificate, service: str, now: datetime) -> None:
        key = (certificate.fingerprint(hashes.SHA256()), service)
        last = self._logins.get(key)
        window = timedelta(seconds=self._controls.arca.relogin_window_seconds)
        if last is not None and now - last < window:
            raise AlreadyAuthenticatedError
        self._logins[key] = now
        self._logins.move_to_end(key)
        if len(self._logins) > _LOGINS_REMEMBERED:
            self._logins.popitem(last=False)

    def _relations(self, certificate: x509.Certificate) -> "etree._Element":
        arca = self._controls.arca
        own = holder_cuit(certificate)
        listed = frozenset() if own is None else frozenset({own})
        relations = etree.Element("relations")
        if arca.delegated == "all":
            relations.set("all", "true")
            relations.set("except", " ".join(map(str, sorted(arca.not_delegated))))
        else:
            listed |= arca.delegated
        for cuit in sorted(listed - arca.not_delegated):
            etree.SubElement(relations, "relation", key=str(cuit), reltype="4")
        return relations

    def _decode_token(self, token: str) -> _Token:
        try:
            root = parse_xml(base64.b64decode(token, validate=True))
            return _token_of(root)
        except (binascii.Error, MalformedXmlError, LookupError, ValueError) as error:
            raise TokenRefusedError(
                "ValidacionDeToken: No valido token. Excepcion: CargarStringBase64Token: "
                "CargarNodos: Error al cargar token XML."
            ) from error

    def _verify_sign(self, token: str, sign: str) -> bool:
        try:
            signature = base64.b64decode(sign, validate=True)
        except (binascii.Error, ValueError):
            return False
        return self._authority.has_signed(token.encode(), signature)


def java_name(name: x509.Name) -> str:
    """Write a name as Java's X500Principal does, and so as ARCA does."""
    return ", ".join(
        f"{_NAME_LABELS.get(part.oid, part.oid.dotted_string)}={part.value!s}"
        for part in reversed(list(name))
    )


def _sso_xml(
    service: str,
    holder: str,
    relations: "etree._Element",
    *,
    starts: datetime,
    ends: datetime,
) -> bytes:
    sso = etree.Element("sso", version="2.0")
    etree.SubElement(
        sso,
        "id",
        src=WSAA_NAME,
        dst=f"CN={service}, O=AFIP, C=AR",
        unique_id=str(secrets.randbits(32)),
        gen_time=str(int(starts.timestamp())),
        exp_time=str(int(ends.timestamp())),
    )
    operation = etree.SubElement(sso, "operation", type="login", value="granted")
    login = etree.SubElement(
        operation,
        "login",
        entity="33693450239",
        service=service,
        uid=holder,
        authmethod="cms",
        regmethod="22",
    )
    login.append(relations)
    return etree.tostring(sso, encoding="UTF-8", xml_declaration=True, standalone=True)


def _token_of(root: "etree._Element") -> _Token:
    identity = root.find("id")
    login = root.find("operation/login")
    relations = root.find("operation/login/relations")
    if identity is None or login is None or relations is None:
        raise LookupError("The token lacks a part.")
    return _Token(
        service=login.get("service", ""),
        starts=int(identity.get("gen_time", "")),
        ends=int(identity.get("exp_time", "")),
        relations=frozenset(int(relation.get("key", "")) for relation in relations),
        stands_for_all=relations.get("all") == "true",
        excluded=frozenset(map(int, relations.get("except", "").split())),
    )
