"""Which certificates come to their end, over all organisations."""

from datetime import datetime

from adapters.postgres.pools import Pool, connection_from
from domain.connections.expiry_alerts import CertificateExpiries

_COUNTS = """
SELECT count(*) FILTER (WHERE expires_at <= %(now)s),
  count(*) FILTER (WHERE expires_at > %(now)s)
FROM arca_connections WHERE expires_at <= %(soon)s
"""


class PostgresCertificateExpiries:
    """Read as the system role."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def certificate_expiries(self, now: datetime, soon: datetime) -> CertificateExpiries:
        """Return how many have expired, and how many will until `soon`; raise TemporaryError."""
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_COUNTS, {"now": now, "soon": soon})
            row = await cursor.fetchone()
        expired, expiring = row or (0, 0)
        return CertificateExpiries(expired=expired, expiring=expiring)
