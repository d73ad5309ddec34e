"""Makes the partitions that are due; the rules live in the table `partitioned_tables`."""

import psycopg


def ensure_partitions(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Make every partition from now to each table's premake horizon; return the new names."""
    tables = connection.execute("SELECT table_name FROM partitioned_tables ORDER BY 1").fetchall()
    made: list[str] = []
    for (table,) in tables:
        # One statement a table: each takes and releases its own locks.
        rows = connection.execute("SELECT make_due_partitions(%s)", [table]).fetchall()
        made.extend(str(row[0]) for row in rows)
    return made
