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
from adapters.afip.private_keys import check_key, rsa_key_in
from domain.connections.arca_certificate import (
    LEAST_KEY_BITS,
    MOST_KEY_BITS,
    ArcaCertificate,
    ArcaCertificateInvalidError,
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
        certificate, public_key = _certificate_in(certificate_pem)
        private_key = rsa_key_in(key)
        check_key(private_key, public_key)
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
    """Return what signs with a certificate that was read, and whose key was checked, before."""
    certificate, _ = _certificate_in(certificate_pem)
    return Credentials(certificate, rsa_key_in(key))


def _certificate_in(pem: str) -> tuple[x509.Certificate, rsa.RSAPublicKey]:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public_key = certificate.public_key()
        # Much is read when it is first asked for: what cannot be read is found here.
        _ = certificate.subject.rfc4514_string(), certificate.not_valid_before_utc
        _ = certificate.not_valid_after_utc
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ArcaCertificateInvalidError("This is no certificate in PEM.") from error
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise ArcaCertificateInvalidError("The certificate is not of an RSA key.")
    if not LEAST_KEY_BITS <= public_key.key_size <= MOST_KEY_BITS:
        raise ArcaCertificateInvalidError(
            f"The certificate's key must have {LEAST_KEY_BITS} to {MOST_KEY_BITS} bits."
        )
    return certificate, public_key


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
