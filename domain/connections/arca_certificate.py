"""The certificate that ARCA issued to a taxpayer, as far as rules look at it."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import InvalidInputError, PreconditionError

CERTIFICATE_FIELD = "certificate"
PRIVATE_KEY_FIELD = "private_key"
LEAST_KEY_BITS = 2048
MOST_KEY_BITS = 4096
"""Beyond it a signature costs more than what it is for."""


class ArcaCertificateInvalidError(InvalidInputError):
    """What was sent is no certificate that ARCA could have issued."""

    reason = "ARCA_CERTIFICATE_INVALID"

    def __init__(self, message: str) -> None:
        super().__init__(message, field=CERTIFICATE_FIELD)


class ArcaPrivateKeyInvalidError(InvalidInputError):
    """What was sent is no private key, or another certificate's; it is never repeated."""

    reason = "ARCA_PRIVATE_KEY_INVALID"

    def __init__(self, message: str) -> None:
        super().__init__(message, field=PRIVATE_KEY_FIELD)


class ArcaCertificateNotValidNowError(InvalidInputError):
    reason = "ARCA_CERTIFICATE_NOT_VALID_NOW"

    def __init__(self, certificate: "ArcaCertificate") -> None:
        super().__init__(
            "The certificate is not valid now.",
            field=CERTIFICATE_FIELD,
            valid_from=certificate.valid_from.isoformat(),
            expires_at=certificate.expires_at.isoformat(),
        )


class ArcaCertificateOfAnotherCuitError(InvalidInputError):
    reason = "ARCA_CERTIFICATE_OF_ANOTHER_CUIT"

    def __init__(self, cuit: str) -> None:
        super().__init__(
            f"The certificate's subject does not name CUIT {cuit}.",
            field=CERTIFICATE_FIELD,
            cuit=cuit,
        )


class FiscalProfileMissingError(PreconditionError):
    reason = "FISCAL_PROFILE_MISSING"

    def __init__(self) -> None:
        super().__init__("The organisation has no fiscal profile yet, so its CUIT is not known.")


class ArcaPrivateKeyMissingError(PreconditionError):
    reason = "ARCA_PRIVATE_KEY_MISSING"

    def __init__(self) -> None:
        super().__init__("No private key was sent, and no certificate was requested here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcaCertificate:
    """`pem` is public; the private key stands nowhere in here."""

    pem: str
    cuit: str
    """The CUIT in the subject's serialNumber, empty if there is none."""
    alias: str
    """The subject's common name, by which ARCA lists it."""
    subject: str
    call_key: str
    """What calls are counted by; of all certificates of one subject the same."""
    fingerprint: str
    valid_from: datetime
    expires_at: datetime

    def check(self, *, cuit: str, now: datetime) -> None:
        """Raise InvalidInputError unless it speaks for this CUIT now."""
        if self.cuit != cuit:
            raise ArcaCertificateOfAnotherCuitError(cuit)
        # ARCA allows no difference of clocks either.
        if not self.valid_from <= now < self.expires_at:
            raise ArcaCertificateNotValidNowError(self)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in PEM, on its way from where it was made to where it is sealed."""

    pem: str

    def __repr__(self) -> str:
        return "PrivateKey(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """What is uploaded to ARCA for a certificate (PKCS #10), for a key that stays here."""

    cuit: str
    alias: str
    subject: str
    pem: str

    def is_for(self, *, cuit: str, alias: str) -> bool:
        return (self.cuit, self.alias) == (cuit, alias)
