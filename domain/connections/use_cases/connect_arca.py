"""An owner has the organisation's invoices authorised with its own certificate."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.connections.arca_certificate import (
    ArcaPrivateKeyMissingError,
    FiscalProfileMissingError,
    PrivateKey,
)
from domain.connections.arca_connection import ArcaConnection
from domain.connections.ports import ArcaCertificates, ConnectionStore, ConnectionTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectArca:
    certificate_pem: str
    private_key: PrivateKey | None = None
    """None is the key of the certificate that was requested here."""


async def connect_arca(
    store: ConnectionStore,
    certificates: ArcaCertificates,
    clock: Clock,
    *,
    context: CommandContext,
    command: ConnectArca,
) -> ArcaConnection:
    """Store a certificate and its sealed private key; raise what `domain.connections` names."""
    async with store.transaction(context) as transaction:
        if await transaction.claim(command, context.organization_id) is None:
            await _connect(transaction, certificates, clock, context=context, command=command)
    return await store.arca(context.organization_id)


async def _connect(
    transaction: ConnectionTransaction,
    certificates: ArcaCertificates,
    clock: Clock,
    *,
    context: CommandContext,
    command: ConnectArca,
) -> None:
    taxpayer = await transaction.taxpayer()
    if taxpayer is None:
        raise FiscalProfileMissingError
    key = command.private_key or await transaction.requested_key()
    if key is None:
        raise ArcaPrivateKeyMissingError
    now = clock.now()
    certificate = certificates.read(command.certificate_pem, key)
    certificate.check(cuit=taxpayer.cuit, now=now)
    known = await transaction.arca()
    if known is not None:
        connection = known.with_certificate(certificate, now)
    else:
        connection = ArcaConnection(
            organization_id=context.organization_id,
            certificate=certificate,
            created_at=now,
            updated_at=now,
        )
    await transaction.save_arca(connection, key)
    if command.private_key is None:
        await transaction.forget_request()
    transaction.audit(
        "arca_connected", context.organization_id, fingerprint=certificate.fingerprint
    )
