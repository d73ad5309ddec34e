"""Reads under row-level security in one round trip.

`SELECT set_config(…, true); SELECT …` sent as one simple query is one implicit transaction: the
setting is local to it and gone afterwards, whether it succeeded or not. Half the cost of
BEGIN … COMMIT (docs/adr/0005).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool, connection_from

SET_ORGANIZATION = "SELECT set_config('app.organization_id', %(organization_id)s, true);"

Parameters = Mapping[str, Any]  # what psycopg can adapt


async def read_rows(
    pool: Pool, organization_id: UUID, query: str, parameters: Parameters
) -> Sequence[TupleRow]:
    """Return the rows of one query, run as the organisation.

    The query may use `%(organization_id)s` like any other parameter, and should: policies guard,
    they do not replace the condition.
    """
    bound = {**parameters, "organization_id": str(organization_id)}
    async with connection_from(pool) as connection:
        cursor = await connection.execute(f"{SET_ORGANIZATION} {query}".encode(), bound)
        cursor.nextset()
        return await cursor.fetchall()


async def read_row(
    pool: Pool, organization_id: UUID, query: str, parameters: Parameters
) -> TupleRow | None:
    """Return the first row of one query, run as the organisation, or None."""
    rows = await read_rows(pool, organization_id, query, parameters)
    return rows[0] if rows else None
