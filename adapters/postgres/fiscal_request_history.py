"""When ARCA was last asked for a CAE with a certificate: what its limits are rebuilt from."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from adapters.postgres.pools import Connection, Pool, connection_from

_OF_ORGANIZATION = """
SELECT created_at FROM fiscal_requests WHERE call_key = %(call_key)s AND created_at > %(since)s
ORDER BY created_at DESC LIMIT %(limit)s
"""
_IS_AN_ORGANIZATIONS = "SELECT 1 FROM arca_connections WHERE call_key = %(call_key)s LIMIT 1"
_OF_PLATFORM = """
SELECT created_at FROM fiscal_requests WHERE call_key IS NULL AND created_at > %(since)s
ORDER BY created_at DESC LIMIT %(limit)s
"""


class FiscalRequestHistory:
    """The guarded calls' CallHistory of ARCA, as the system role; the key is a certificate's.

    Questions and logins are not stored and so not known; of what we ask ARCA they are the least.
    A request that was stored and never left is counted: the limits are kept rather too well.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest_calls(
        self, since: datetime, limit: int, *, keys: Sequence[str]
    ) -> Sequence[datetime]:
        bound = {"since": since, "limit": limit, "call_key": ":".join(keys)}
        async with connection_from(self._pool) as connection:
            rows = await _rows(connection, _OF_ORGANIZATION, bound)
            if not rows and not await _rows(connection, _IS_AN_ORGANIZATIONS, bound):
                rows = await _rows(connection, _OF_PLATFORM, bound)
        return [row[0] for row in rows]


async def _rows(connection: Connection, query: str, bound: dict[str, object]) -> Sequence[TupleRow]:
    cursor = await connection.execute(query.encode(), bound)
    return await cursor.fetchall()
