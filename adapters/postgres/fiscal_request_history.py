"""When ARCA was last asked for a CAE, over all organisations: what its limits are rebuilt from."""

from collections.abc import Sequence
from datetime import datetime

from adapters.postgres.pools import Pool, connection_from

_NEWEST = """
SELECT created_at FROM fiscal_requests WHERE created_at > %(since)s
ORDER BY created_at DESC LIMIT %(limit)s
"""


class FiscalRequestHistory:
    """The guarded calls' CallHistory of ARCA, as the system role.

    Questions and logins are not stored and so not known; of what we ask ARCA they are the least.
    A request that was stored and never left is counted: the limits are kept rather too well.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest_calls(self, since: datetime, limit: int) -> Sequence[datetime]:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_NEWEST, {"since": since, "limit": limit})
            return [row[0] for row in await cursor.fetchall()]
