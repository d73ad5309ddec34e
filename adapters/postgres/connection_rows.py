"""Connections as rows: the one place that knows which column holds what."""

from psycopg.rows import TupleRow

from domain.connections.arca_certificate import ArcaCertificate
from domain.connections.arca_connection import ArcaConnection
from domain.connections.whatsapp_connection import WhatsAppConnection
from domain.identifiers import OrganizationId

ARCA_COLUMNS = (
    "organization_id, cuit, alias, subject, call_key, fingerprint, certificate, valid_from,"
    " expires_at, sealed_with, version, created_at, updated_at"
)
WHATSAPP_COLUMNS = (
    "organization_id, phone_number_id, display_phone_number, business_account_id, sealed_with,"
    " version, created_at, updated_at"
)


def arca_parameters(connection: ArcaConnection) -> dict[str, object]:
    """Return the columns of a connection to ARCA, but for its key."""
    certificate = connection.certificate
    return {
        "organization_id": connection.organization_id,
        "cuit": certificate.cuit,
        "alias": certificate.alias,
        "subject": certificate.subject,
        "call_key": certificate.call_key,
        "fingerprint": certificate.fingerprint,
        "certificate": certificate.pem,
        "valid_from": certificate.valid_from,
        "expires_at": certificate.expires_at,
        "version": connection.version,
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
    }


def arca_from_row(row: TupleRow) -> ArcaConnection:
    """Return the connection in a row of ARCA_COLUMNS."""
    (
        organization_id, cuit, alias, subject, call_key, fingerprint, pem, valid_from, expires_at,
        sealed_with, version, created_at, updated_at,
    ) = row  # fmt: skip
    return ArcaConnection(
        organization_id=OrganizationId(organization_id),
        certificate=ArcaCertificate(
            pem=pem,
            cuit=cuit,
            alias=alias,
            subject=subject,
            call_key=call_key,
            fingerprint=fingerprint,
            valid_from=valid_from,
            expires_at=expires_at,
        ),
        sealing_key=sealed_with,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )


def whatsapp_parameters(connection: WhatsAppConnection) -> dict[str, object]:
    """Return the columns of a connection to WhatsApp, but for its token."""
    return {
        "organization_id": connection.organization_id,
        "phone_number_id": connection.phone_number_id,
        "display_phone_number": connection.display_phone_number,
        "business_account_id": connection.business_account_id,
        "version": connection.version,
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
    }


def whatsapp_from_row(row: TupleRow) -> WhatsAppConnection:
    """Return the connection in a row of WHATSAPP_COLUMNS."""
    (
        organization_id, phone_number_id, display_phone_number, business_account_id, sealed_with,
        version, created_at, updated_at,
    ) = row  # fmt: skip
    return WhatsAppConnection(
        organization_id=OrganizationId(organization_id),
        phone_number_id=phone_number_id,
        display_phone_number=display_phone_number,
        business_account_id=business_account_id,
        sealing_key=sealed_with,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
