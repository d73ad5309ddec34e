"""Whose certificate invoices go to ARCA with: the organisation's own, or the platform's."""

from collections import OrderedDict

from adapters.afip.authority import ArcaAuthority
from adapters.afip.certificates import credentials_from
from adapters.afip.credentials import Credentials
from adapters.afip.services import ArcaServices
from domain.connections.ports import OwnCertificate, OwnCertificates
from domain.errors import HeldBackError
from domain.identifiers import OrganizationId

MOST_KEPT = 1_000
_NOT_CONNECTED_SECONDS = 600.0


class ArcaNotConnectedError(HeldBackError):
    """Neither the organisation nor the platform has a certificate: invoices wait for one."""

    reason = "ARCA_NOT_CONNECTED"

    def __init__(self) -> None:
        super().__init__(
            "There is no certificate to speak to ARCA with.",
            cause="arca_not_connected",
            retry_after_seconds=_NOT_CONNECTED_SECONDS,
        )


class ArcaAuthorities:
    """The domain's FiscalAuthorities.

    What belongs to a certificate (its key, its ticket) is kept while it is used; whether it still
    is the organisation's is asked each time.
    """

    def __init__(
        self,
        services: ArcaServices,
        own: OwnCertificates,
        platform: Credentials | None,
        *,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self._services = services
        self._own = own
        self._platform = services.authority(platform) if platform else None
        self._most_kept = most_kept
        self._kept: OrderedDict[str, ArcaAuthority] = OrderedDict()

    async def of(self, organization_id: OrganizationId, cuit: str) -> ArcaAuthority:
        own = await self._own.of(organization_id, cuit)
        if own is not None:
            return self._authority(own)
        if self._platform is None:
            raise ArcaNotConnectedError
        return self._platform

    def _authority(self, own: OwnCertificate) -> ArcaAuthority:
        fingerprint = own.certificate.fingerprint
        kept = self._kept.get(fingerprint)
        if kept is None:
            credentials = credentials_from(own.certificate.pem, own.private_key)
            kept = self._kept[fingerprint] = self._services.authority(credentials)
            if len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        self._kept.move_to_end(fingerprint)
        return kept
