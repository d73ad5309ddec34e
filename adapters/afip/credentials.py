"""The certificate the platform signs logins with, and its private key."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7


class CredentialsError(ValueError):
    """The files hold no certificate and its RSA key; names the file, never its content."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What ARCA knows the platform by."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def alias(self) -> str:
        """Name the certificate as ARCA does, by its subject, which a renewed one has too."""
        return hashlib.sha256(self.certificate.subject.public_bytes()).hexdigest()[:16]

    def sign(self, content: bytes) -> bytes:
        """Return CMS SignedData in DER with the content and the certificate inside."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        signed = builder.add_signer(self.certificate, self.private_key, hashes.SHA256())
        # Binary: the content goes in as it is, not with its line ends changed.
        return signed.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])

    def __repr__(self) -> str:
        return f"Credentials(fingerprint={self.fingerprint})"


def load_credentials(certificate_file: Path, private_key_file: Path) -> Credentials:
    """Read both from PEM files; raise CredentialsError."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{certificate_file} holds no PEM certificate.") from error
    try:
        key = serialization.load_pem_private_key(private_key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CredentialsError(f"{private_key_file} holds no PEM private key.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CredentialsError(f"{private_key_file} holds no RSA key.")
    if key.public_key() != certificate.public_key():
        raise CredentialsError(f"{private_key_file} is not the key of {certificate_file}.")
    return Credentials(certificate, key)
