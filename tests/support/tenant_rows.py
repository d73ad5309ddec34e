"""All rows of one organisation, in all tables, as whoever owns the database sees them."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from tests.support.servers import Database

Rows = frozenset[tuple[str, str]]
"""Rows as JSON, each with its table."""

_TENANT_TABLES = """
SELECT class.relname FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE attribute.attname = 'organization_id' AND class.relkind IN ('r', 'p')
  AND NOT class.relispartition AND class.relnamespace = 'public'::regnamespace
"""


class TenantRows:
    """Reads every table that has an organisation, in one statement."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        self._connection = connection
        tables = [row[0] for row in connection.execute(_TENANT_TABLES).fetchall()]
        self._query = sql.SQL(" UNION ALL ").join(
            sql.SQL(
                "SELECT {name}, to_jsonb(entry)::text FROM {table} AS entry"
                " WHERE organization_id = %(organization_id)s"
            ).format(name=sql.Literal(table), table=sql.Identifier(table))
            for table in tables
        )

    def of(self, organization_id: UUID) -> Rows:
        found = self._connection.execute(self._query, {"organization_id": organization_id})
        return frozenset((str(table), str(row)) for table, row in found.fetchall())


@contextmanager
def tenant_rows(database: Database) -> Iterator[TenantRows]:
    """Yield the reader, who is bound by no policy."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield TenantRows(connection)
