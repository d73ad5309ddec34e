"""Access tickets (TA): what WSAA issues and WSFEv1 checks.

Tickets are signed by the sandbox's authority, so they outlive a restart when that is kept.
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

from sandbox.arca.certificates import CertificateAuthority, holder_cuit
from sandbox.arca.tokens import Relations, Token, UnreadableTokenError
from sandbox.behaviour import Controls
from sandbox.clock import Clock

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


class TicketOffice:
    def __init__(self, authority: CertificateAuthority, controls: Controls, clock: Clock) -> None:
        self._authority = authority
        self._controls = controls
        self._clock = clock
        self._logins: OrderedDict[tuple[bytes, str], datetime] = OrderedDict()
        self._read_token = lru_cache(maxsize=_TOKENS_REMEMBERED)(Token.read)
        self._is_genuine = lru_cache(maxsize=_TOKENS_REMEMBERED)(self._verify_sign)

    def issue(self, certificate: x509.Certificate, service: str) -> Ticket:
        """Return a new ticket; raise AlreadyAuthenticatedError."""
        now = self._clock()
        self._remember_login(certificate, service, now)
        expires = now + timedelta(seconds=self._controls.arca.ticket_lifetime_seconds)
        holder = java_name(certificate.subject)
        token = Token.between(
            now - _TOKEN_BACKDATING,
            expires,
            service=service,
            holder=holder,
            relations=self._relations(certificate),
        ).write()
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
        content = self._read(token)
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
        if not content.relations.include(cuit) or cuit in self._controls.arca.not_delegated:
            raise TokenRefusedError(
                f"ValidacionDeToken: No aparecio CUIT en lista de relaciones: {cuit}"
            )

    def forget_logins(self) -> None:
        self._logins.clear()

    def _read(self, token: str) -> Token:
        if not token:
            raise TokenRefusedError("ValidacionDeToken: Parametro nulo o vacio (token)")
        try:
            return self._read_token(token)
        except UnreadableTokenError as error:
            raise TokenRefusedError(
                "ValidacionDeToken: No valido token. Excepcion: CargarStringBase64Token: "
                "CargarNodos: Error al cargar token XML."
            ) from error

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

    def _relations(self, certificate: x509.Certificate) -> Relations:
        arca = self._controls.arca
        own = holder_cuit(certificate)
        listed = frozenset() if own is None else frozenset({own})
        if arca.delegated == "all":
            return Relations(
                listed=listed - arca.not_delegated,
                stands_for_all=True,
                excluded=arca.not_delegated,
            )
        return Relations(listed=(listed | arca.delegated) - arca.not_delegated)

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
