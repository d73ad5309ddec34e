"""The sandbox's own certificate authority, in the place of ARCA's "Computadores"."""

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from sandbox.arca.cuit import is_cuit

AUTHORITY_FILE = "arca-authority.pem"
CERTIFICATE_FILE = "arca-certificate.pem"
PRIVATE_KEY_FILE = "arca-private-key.pem"
ALIAS = re.compile(r"[A-Za-z0-9_-]{1,64}")

_AUTHORITY_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "AR"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CampoTech sandbox"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Computadores Sandbox"),
    ]
)
_AUTHORITY_LIFETIME = timedelta(days=3650)
_CLIENT_LIFETIME = timedelta(days=730)
# A certificate is used the moment it is issued, and ARCA allows no clock error in notBefore.
_BACKDATING = timedelta(minutes=5)


class CertificateRequestError(ValueError):
    """The CUIT or the alias cannot be put into a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    certificate_pem: bytes
    private_key_pem: bytes


class CertificateAuthority:
    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    @classmethod
    def generated(cls) -> Self:
        key = _new_key()
        certificate = (
            _builder(_AUTHORITY_NAME, _AUTHORITY_NAME, lifetime=_AUTHORITY_LIFETIME)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA512())
        )
        return cls(key, certificate)

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Return the authority kept in this folder, made on first use."""
        path = folder / AUTHORITY_FILE
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            made = cls.generated()
            _write_once(path, made.to_pem())
        pem = path.read_bytes()
        return cls(_rsa_key(pem), x509.load_pem_x509_certificate(pem))

    def to_pem(self) -> bytes:
        return _private_pem(self._key) + _pem(self.certificate)

    def issue_for(self, request_pem: bytes) -> bytes:
        """Return a certificate of somebody's own key; raise CertificateRequestError."""
        try:
            request = x509.load_pem_x509_csr(request_pem)
            is_signed = request.is_signature_valid
            key = request.public_key()
        except (ValueError, TypeError) as error:
            raise CertificateRequestError("This is no certificate request in PEM.") from error
        if not is_signed or not isinstance(key, rsa.RSAPublicKey):
            raise CertificateRequestError("The request is not signed with its RSA key.")
        if _cuit_of(request.subject) is None:
            raise CertificateRequestError("The serialNumber of the subject is not `CUIT` and one.")
        return _pem(self._certificate(request.subject, key))

    def issue(self, cuit: int, alias: str) -> ClientCertificate:
        """Issue a client certificate; raise CertificateRequestError."""
        _check_identity(cuit, alias)
        key = _new_key()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "AR"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, alias),
                x509.NameAttribute(NameOID.COMMON_NAME, alias),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, f"CUIT {cuit}"),
            ]
        )
        certificate = self._certificate(subject, key.public_key())
        return ClientCertificate(
            certificate_pem=_pem(certificate), private_key_pem=_private_pem(key)
        )

    def _certificate(self, subject: x509.Name, key: rsa.RSAPublicKey) -> x509.Certificate:
        return (
            _builder(subject, self.certificate.subject, lifetime=_CLIENT_LIFETIME)
            .public_key(key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .sign(self._key, hashes.SHA512())
        )

    def issued(self, certificate: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        try:
            self._key.public_key().verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def write_client_certificate(
    authority: CertificateAuthority, folder: Path, *, cuit: int, alias: str
) -> bool:
    """Put certificate and key into the folder; False if fitting ones are there already."""
    _check_identity(cuit, alias)
    if _fits(authority, folder, cuit=cuit, alias=alias):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    issued = authority.issue(cuit, alias)
    _replace(folder / PRIVATE_KEY_FILE, issued.private_key_pem)
    _replace(folder / CERTIFICATE_FILE, issued.certificate_pem)
    return True


def holder_cuit(certificate: x509.Certificate) -> int | None:
    return _cuit_of(certificate.subject)


def _cuit_of(subject: x509.Name) -> int | None:
    for attribute in subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER):
        match = re.fullmatch(r"CUIT (\d{11})", str(attribute.value))
        if match:
            return int(match.group(1))
    return None


def _fits(authority: CertificateAuthority, folder: Path, *, cuit: int, alias: str) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE_FILE).read_bytes())
        key = _rsa_key((folder / PRIVATE_KEY_FILE).read_bytes())
    except (OSError, ValueError, TypeError):
        return False
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        authority.issued(certificate)
        and certificate.public_key() == key.public_key()
        and holder_cuit(certificate) == cuit
        and [name.value for name in names] == [alias]
        and certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)
    )


def _check_identity(cuit: int, alias: str) -> None:
    if not is_cuit(cuit):
        raise CertificateRequestError(f"{cuit} is not a CUIT: its check digit does not match.")
    if not ALIAS.fullmatch(alias):
        raise CertificateRequestError(
            "An alias has 1 to 64 letters, digits, underscores and hyphens."
        )


def _builder(
    subject: x509.Name, issuer: x509.Name, *, lifetime: timedelta
) -> x509.CertificateBuilder:
    starts = datetime.now(UTC) - _BACKDATING
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(starts + lifetime)
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _rsa_key(pem: bytes) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The key is not an RSA key.")
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_once(path: Path, content: bytes) -> None:
    # Two processes may start at once: the first file stays, and both read that one.
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:
        draft.write(content)
        draft.flush()
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(path)
