"""Connections with whatever a test wants to be particular about, and who knows their secrets."""

from datetime import timedelta
from typing import Any

from domain.connections.arca_certificate import ArcaCertificate
from domain.connections.arca_connection import ArcaConnection
from domain.connections.ports import OwnCertificate
from domain.connections.whatsapp_connection import AccessToken, WhatsAppConnection
from domain.identifiers import OrganizationId
from tests.support.builders import VALID_CUIT, an_organization_id
from tests.support.clocks import MORNING, new_id


def an_arca_certificate(**particular: Any) -> ArcaCertificate:
    values: dict[str, Any] = {
        "pem": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
        "cuit": VALID_CUIT,
        "alias": "plomeria",
        "subject": f"CN=plomeria,2.5.4.5=CUIT {VALID_CUIT}",
        "call_key": new_id().hex,
        "fingerprint": new_id().hex * 2,
        "valid_from": MORNING - timedelta(days=1),
        "expires_at": MORNING + timedelta(days=365),
        **particular,
    }
    return ArcaCertificate(**values)


def an_arca_connection(
    organization_id: OrganizationId | None = None, **particular: Any
) -> ArcaConnection:
    return ArcaConnection(
        organization_id=organization_id or an_organization_id(),
        certificate=an_arca_certificate(**particular),
        created_at=MORNING,
        updated_at=MORNING,
    )


def a_whatsapp_connection(organization_id: OrganizationId, **particular: Any) -> WhatsAppConnection:
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "phone_number_id": str(new_id().int)[-15:],
        "display_phone_number": "+5491155550100",
        "business_account_id": "102290129340398",
        "created_at": MORNING,
        "updated_at": MORNING,
        **particular,
    }
    return WhatsAppConnection(**values)


class GivenAccessTokens:
    """The domain's OwnAccessTokens."""

    def __init__(self) -> None:
        self.tokens: dict[tuple[OrganizationId, str], AccessToken] = {}

    async def of(self, organization_id: OrganizationId, phone_number_id: str) -> AccessToken | None:
        return self.tokens.get((organization_id, phone_number_id))


class GivenCertificates:
    """The domain's OwnCertificates."""

    def __init__(self) -> None:
        self.certificates: dict[tuple[OrganizationId, str], OwnCertificate] = {}

    async def of(self, organization_id: OrganizationId, cuit: str) -> OwnCertificate | None:
        return self.certificates.get((organization_id, cuit))
