"""An owner wants a certificate whose private key never leaves the platform."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.connections.arca_certificate import CertificateRequest, FiscalProfileMissingError
from domain.connections.ports import (
    ArcaCertificates,
    ConnectionStore,
    ConnectionTransaction,
    Taxpayer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestArcaCertificate:
    alias: str


async def request_arca_certificate(
    store: ConnectionStore,
    certificates: ArcaCertificates,
    *,
    context: CommandContext,
    command: RequestArcaCertificate,
) -> CertificateRequest:
    """Return the request that waits for a certificate of this alias, or a new one.

    Raises FiscalProfileMissingError, SecretsKeyMissingError.
    """
    async with store.transaction(context) as transaction:
        taxpayer, waiting = await _look(transaction, command)
    if waiting is not None:
        return waiting
    # Making a key takes a while, in which no transaction stays open.
    made, key = await certificates.request(
        cuit=taxpayer.cuit, organization=taxpayer.legal_name, alias=command.alias
    )
    async with store.transaction(context) as transaction:
        _, waiting = await _look(transaction, command)
        if waiting is not None:
            return waiting
        await transaction.save_request(made, key)
        transaction.audit(
            "arca_certificate_requested", context.organization_id, alias=command.alias
        )
    return made


async def _look(
    transaction: ConnectionTransaction, command: RequestArcaCertificate
) -> tuple[Taxpayer, CertificateRequest | None]:
    taxpayer = await transaction.taxpayer()
    if taxpayer is None:
        raise FiscalProfileMissingError
    waiting = await transaction.certificate_request()
    if waiting is not None and waiting.is_for(cuit=taxpayer.cuit, alias=command.alias):
        return taxpayer, waiting
    return taxpayer, None
