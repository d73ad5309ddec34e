"""Databases that were used are emptied and used again, which takes a third of copying one.

Only those that are then like a fresh copy: a test that changed the schema, gathered statistics or
left more than some rows behind keeps its database to itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString, Self

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

# Emptied tables keep dead rows, and larger ones are planned otherwise.
MOST_BYTES_OF_A_TABLE = 80 * 1024
MOST_USES = 40
ENDED_WITHIN_MS = 5000

_END_OTHERS = """
SELECT count(*) FROM (
  SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
) AS ended
"""
_TABLES_WITH_PAGES = """
SELECT relname, bytes FROM (
  SELECT relname, pg_relation_size(oid) AS bytes FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace OFFSET 0
) AS tables WHERE bytes > 0
"""
_SEQUENCES_IN_USE = """
SELECT seqrelid::regclass::text FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_FINGERPRINT = """
SELECT
  (SELECT sum(hashtext(concat_ws('|', oid, relname, relacl, relrowsecurity, relforcerowsecurity,
     relnatts, relchecks, relhastriggers)))
   FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  (SELECT sum(hashtext(concat_ws('|', oid, prosrc, proacl))) FROM pg_proc
   WHERE pronamespace = 'public'::regnamespace),
  (SELECT sum(hashtext(concat_ws('|', oid, polname, polroles, polcmd))) FROM pg_policy),
  (SELECT count(*) FROM pg_namespace),
  (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
  (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting
   WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a database looks like before anybody has used it."""

    fingerprint: TupleRow
    rows: Mapping[str, str]
    """The rows that migrations put into tables, as a JSON array for each."""

    @classmethod
    def of(cls, superuser_url: str) -> Self:
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            tables = [str(row[0]) for row in connection.execute(_TABLES_WITH_PAGES).fetchall()]
            rows = {table: _rows_of(connection, table) for table in tables}
            return cls(_one(connection, _FINGERPRINT), rows)

    def restore(self, superuser_url: str) -> bool:
        """Empty a database of all that was put in; return False if it is not as at first then."""
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            connection.execute(_END_OTHERS, [ENDED_WITHIN_MS])
            sizes = connection.execute(_TABLES_WITH_PAGES).fetchall()
            if any(size > MOST_BYTES_OF_A_TABLE for _, size in sizes):
                return False
            used = [str(table) for table, _ in sizes]
            sequences = [str(row[0]) for row in connection.execute(_SEQUENCES_IN_USE).fetchall()]
            connection.execute(self._emptying(used, sequences))
            return _one(connection, _FINGERPRINT) == self.fingerprint

    def _emptying(self, tables: Sequence[str], sequences: Sequence[str]) -> sql.Composed:
        # The triggers of foreign keys would look for rows that go as well.
        steps: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
        steps += [sql.SQL("DELETE FROM ONLY {}").format(sql.Identifier(name)) for name in tables]
        steps += [
            sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name)) for name in sequences
        ]
        steps += [
            sql.SQL(
                "INSERT INTO {table} OVERRIDING SYSTEM VALUE"
                " SELECT * FROM jsonb_populate_recordset(NULL::{table}, {rows})"
            ).format(table=sql.Identifier(name), rows=sql.Literal(rows))
            for name, rows in self.rows.items()
        ]
        return sql.SQL("; ").join(steps)


def _rows_of(connection: Connection[TupleRow], table: str) -> str:
    query = sql.SQL("SELECT coalesce(jsonb_agg(to_jsonb(entry)), '[]') FROM ONLY {} AS entry")
    (rows,) = connection.execute(query.format(sql.Identifier(table))).fetchone() or ([],)
    return json.dumps(rows)


def _one(connection: Connection[TupleRow], query: LiteralString) -> TupleRow:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
