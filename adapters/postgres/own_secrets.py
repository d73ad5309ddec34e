"""The secrets of organisations that speak for themselves outside, opened where they are used."""

from adapters.postgres.connection_rows import ARCA_COLUMNS, arca_from_row
from adapters.postgres.connection_store import ARCA, WHATSAPP
from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_row
from adapters.postgres.sealed_columns import SealedColumns
from domain.connections.arca_certificate import PrivateKey
from domain.connections.ports import OwnCertificate
from domain.connections.whatsapp_connection import AccessToken
from domain.identifiers import OrganizationId

_CERTIFICATE = f"""
SELECT {ARCA_COLUMNS}, sealed_private_key FROM {ARCA}
WHERE organization_id = %(organization_id)s::uuid AND cuit = %(cuit)s
"""
_TOKEN = f"""
SELECT sealed_access_token FROM {WHATSAPP}
WHERE organization_id = %(organization_id)s::uuid AND phone_number_id = %(phone_number_id)s
"""


class PostgresOwnCertificates:
    """The domain's OwnCertificates."""

    def __init__(self, pool: Pool, sealing: SealedColumns) -> None:
        self._pool = pool
        self._sealing = sealing

    async def of(self, organization_id: OrganizationId, cuit: str) -> OwnCertificate | None:
        row = await read_row(self._pool, organization_id, _CERTIFICATE, {"cuit": cuit})
        if row is None:
            return None
        key = self._sealing.opened(ARCA, organization_id, bytes(row[-1]))
        return OwnCertificate(arca_from_row(row[:-1]).certificate, PrivateKey(key))


class PostgresOwnAccessTokens:
    """The domain's OwnAccessTokens."""

    def __init__(self, pool: Pool, sealing: SealedColumns) -> None:
        self._pool = pool
        self._sealing = sealing

    async def of(self, organization_id: OrganizationId, phone_number_id: str) -> AccessToken | None:
        row = await read_row(
            self._pool, organization_id, _TOKEN, {"phone_number_id": phone_number_id}
        )
        if row is None:
            return None
        return AccessToken(self._sealing.opened(WHATSAPP, organization_id, bytes(row[0])))
