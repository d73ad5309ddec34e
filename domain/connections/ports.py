"""What connections need from outside: a store that seals, and whoever reads certificates."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.commands import CommandContext
from domain.connections.arca_certificate import ArcaCertificate, CertificateRequest, PrivateKey
from domain.connections.arca_connection import ArcaConnection
from domain.connections.whatsapp_connection import AccessToken, WhatsAppConnection
from domain.errors import PreconditionError, TemporaryError
from domain.identifiers import OrganizationId
from domain.transactions import CommandTransaction


class SecretsKeyMissingError(PreconditionError):
    """The platform was set up without a key to seal secrets with."""

    reason = "SECRETS_KEY_MISSING"

    def __init__(self) -> None:
        super().__init__("The platform has no key to encrypt secrets with.")


class SealedSecretUnreadableError(TemporaryError):
    """The key that a secret was sealed with is not among ours: an operator has to bring it back."""

    reason = "SEALED_SECRET_UNREADABLE"

    def __init__(self, what: str) -> None:
        super().__init__(
            "A stored secret cannot be opened with the keys there are.",
            retry_after_seconds=60,
            secret=what,
        )


class ArcaCertificates(Protocol):
    """Reads certificates and makes keys for new ones."""

    def read(self, certificate_pem: str, key: PrivateKey) -> ArcaCertificate:
        """Return what a certificate says, whose private key this is.

        Raises ArcaCertificateInvalidError, ArcaPrivateKeyInvalidError.
        """
        ...

    async def request(
        self, *, cuit: str, organization: str, alias: str
    ) -> tuple[CertificateRequest, PrivateKey]:
        """Make a private key, and the request for a certificate of it."""
        ...


class WhatsAppNumbers(Protocol):
    """Knows at WhatsApp which tokens open which numbers."""

    async def check(
        self, organization_id: OrganizationId, phone_number_id: str, *, token: AccessToken
    ) -> None:
        """Ask for an organisation whether a number is opened by a token.

        Raises WhatsAppTokenRefusedError, and TemporaryError when nobody answers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """Who the organisation is for ARCA."""

    cuit: str
    legal_name: str


class ConnectionTransaction(CommandTransaction, Protocol):
    """One command on the connections of an organisation.

    Whatever stores a secret raises SecretsKeyMissingError.
    """

    async def taxpayer(self) -> Taxpayer | None:
        """Return who the organisation is for ARCA, locked; None without a fiscal profile."""
        ...

    async def arca(self) -> ArcaConnection | None:
        """Return the connection to ARCA, locked until the transaction ends."""
        ...

    async def save_arca(self, connection: ArcaConnection, key: PrivateKey) -> None:
        """Store the connection, with its private key sealed, in the place of any other."""
        ...

    async def forget_arca(self) -> bool:
        """Forget certificate, key and request; False if there was nothing."""
        ...

    async def certificate_request(self) -> CertificateRequest | None:
        """Return the request that waits for its certificate, locked."""
        ...

    async def requested_key(self) -> PrivateKey | None:
        """Return the private key of that request; raise SealedSecretUnreadableError."""
        ...

    async def save_request(self, request: CertificateRequest, key: PrivateKey) -> None:
        """Store a request, with its private key sealed, in the place of any other."""
        ...

    async def forget_request(self) -> None:
        """Forget the request and its private key."""
        ...

    async def whatsapp(self) -> WhatsAppConnection | None:
        """Return the connection to WhatsApp, locked until the transaction ends."""
        ...

    async def save_whatsapp(self, connection: WhatsAppConnection, token: AccessToken) -> None:
        """Store the connection, with its token sealed, and have its number from now on.

        Raises WhatsAppNumberTakenError, and NotFoundError without such an organisation.
        """
        ...

    async def forget_whatsapp(self) -> bool:
        """Forget the number and its token; False if the organisation has no number."""
        ...


class ConnectionStore(Protocol):
    """The connections of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[ConnectionTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def arca(self, organization_id: OrganizationId) -> ArcaConnection:
        """Return the connection to ARCA; raise NotFoundError."""
        ...

    async def whatsapp(self, organization_id: OrganizationId) -> WhatsAppConnection:
        """Return the connection to WhatsApp; raise NotFoundError."""
        ...


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """What it takes to speak for an organisation at ARCA."""

    certificate: ArcaCertificate
    private_key: PrivateKey


class OwnCertificates(Protocol):
    """The certificates of organisations that have one of their own."""

    async def of(self, organization_id: OrganizationId, cuit: str) -> OwnCertificate | None:
        """Return the certificate with which an organisation invoices as this CUIT, if it has one.

        Raises SealedSecretUnreadableError.
        """
        ...


class OwnAccessTokens(Protocol):
    """The access tokens of organisations that have one of their own."""

    async def of(self, organization_id: OrganizationId, phone_number_id: str) -> AccessToken | None:
        """Return the token with which an organisation writes from a number, if it has one.

        Raises SealedSecretUnreadableError.
        """
        ...
