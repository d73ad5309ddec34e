"""Whose the WhatsApp business numbers are, read across tenants by the system role."""

from collections.abc import Collection, Mapping

from adapters.postgres.pools import Pool, connection_from
from domain.identifiers import OrganizationId

_OWNERS = """
SELECT phone_number_id, organization_id FROM whatsapp_numbers
WHERE phone_number_id = ANY(%(phone_number_ids)s)
"""


class PostgresBusinessNumbers:
    """The domain's BusinessNumbers."""

    def __init__(self, system_pool: Pool) -> None:
        self._pool = system_pool

    async def owners(self, phone_number_ids: Collection[str]) -> Mapping[str, OrganizationId]:
        if not phone_number_ids:
            return {}
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(
                _OWNERS, {"phone_number_ids": sorted(phone_number_ids)}
            )
            rows = await cursor.fetchall()
        return {number: OrganizationId(owner) for number, owner in rows}
