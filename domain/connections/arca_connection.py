"""An organisation's own way to ARCA."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.connections.arca_certificate import ArcaCertificate
from domain.identifiers import OrganizationId

EXPIRES_SOON = timedelta(days=30)


class ArcaConnectionState(StrEnum):
    """How long the certificate is still good for."""

    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcaConnection:
    """`sealing_key` names the key that the private key is sealed with, once it is stored."""

    organization_id: OrganizationId
    certificate: ArcaCertificate
    created_at: datetime
    updated_at: datetime
    sealing_key: str = ""
    version: int = 1

    def state(self, now: datetime) -> ArcaConnectionState:
        left = self.certificate.expires_at - now
        if left <= timedelta():
            return ArcaConnectionState.EXPIRED
        return ArcaConnectionState.EXPIRING if left <= EXPIRES_SOON else ArcaConnectionState.ACTIVE

    def with_certificate(self, certificate: ArcaCertificate, now: datetime) -> Self:
        """Return the connection with another certificate in the place of the first."""
        return replace(self, certificate=certificate, updated_at=now, version=self.version + 1)
