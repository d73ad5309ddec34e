"""Certificates of taxpayers: read with their private keys, and requested for new ones."""

import asyncio
import re
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from adapters.afip.credentials import Credentials
from domain.connections.arca_certificate import (
    LEAST_KEY_BITS,
    ArcaCertificate,
    ArcaCertificateInvalidError,
    ArcaPrivateKeyInvalidError,
    CertificateRequest,
    PrivateKey,
)

_HOLDER = re.compile(r"CUIT ([0-9]{11})")
_PUBLIC_EXPONENT: Final = 65537
_LONGEST_ORGANIZATION = 64
"""What X.520 allows an organisation's name to have."""


class X509Certificates:
    """The domain's ArcaCertificates."""

    def __init__(self) -> None:
        # A key takes a tenth of a second of a core: one at a time leaves the others to the calls.
        self._making = asyncio.Semaphore(1)

    def read(self, certificate_pem: str, key: PrivateKey) -> ArcaCertificate:
        certificate = _certificate_in(certificate_pem)
        private_key = _private_key_in(key)
        if private_key.public_key() != certificate.public_key():
            raise ArcaPrivateKeyInvalidError("This is not the private key of the certificate.")
        credentials = Credentials(certificate, private_key)
        return ArcaCertificate(
            pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            cuit=_cuit_in(certificate.subject),
            alias=_common_name(certificate.subject),
            subject=certificate.subject.rfc4514_string(),
            call_key=credentials.alias,
            fingerprint=credentials.fingerprint,
            valid_from=certificate.not_valid_before_utc,
            expires_at=certificate.not_valid_after_utc,
        )

    async def request(
        self, *, cuit: str, organization: str, alias: str
    ) -> tuple[CertificateRequest, PrivateKey]:
        subject = _subject(cuit, organization, alias)
        async with self._making:
            key, pem = await asyncio.to_thread(_signed_request, subject)
        request = CertificateRequest(
            cuit=cuit, alias=alias, subject=subject.rfc4514_string(), pem=pem
        )
        return request, key


def credentials_from(certificate_pem: str, key: PrivateKey) -> Credentials:
    """Return what signs with a certificate that was read before."""
    return Credentials(_certificate_in(certificate_pem), _private_key_in(key))


def _certificate_in(pem: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public_key = certificate.public_key()
        # Read now, what cannot be read is found before it is needed.
        certificate.subject.rfc4514_string()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ArcaCertificateInvalidError("This is no certificate in PEM.") from error
    if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < LEAST_KEY_BITS:
        raise ArcaCertificateInvalidError(
            f"The certificate is not of an RSA key of {LEAST_KEY_BITS} bits or more."
        )
    return certificate


def _private_key_in(key: PrivateKey) -> rsa.RSAPrivateKey:
    try:
        private_key = serialization.load_pem_private_key(key.pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause: what a parser says of a key might hold parts of it.
        raise ArcaPrivateKeyInvalidError("This is no unencrypted private key in PEM.") from None
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise ArcaPrivateKeyInvalidError("This is no RSA key.")
    return private_key


def _cuit_in(subject: x509.Name) -> str:
    for attribute in subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER):
        holder = _HOLDER.fullmatch(str(attribute.value))
        if holder:
            return holder.group(1)
    return ""


def _common_name(subject: x509.Name) -> str:
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _subject(cuit: str, organization: str, alias: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:_LONGEST_ORGANIZATION]),
            x509.NameAttribute(NameOID.COMMON_NAME, alias),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"CUIT {cuit}"),
        ]
    )


def _signed_request(subject: x509.Name) -> tuple[PrivateKey, str]:
    key = rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=LEAST_KEY_BITS)
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = request.sign(key, hashes.SHA256())
    return PrivateKey(pem.decode()), signed.public_bytes(serialization.Encoding.PEM).decode()
