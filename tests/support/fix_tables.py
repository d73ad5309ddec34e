"""A look at the stored fixes and cursors of a test's database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from domain.tracking.device import DeviceInstall
from domain.tracking.fix import Fix, unix_microseconds
from domain.tracking.ranges import SeqRange, SeqRanges
from tests.support.servers import Database

_FIXES = """
SELECT received_at, seq, recorded_at, latitude_e7, longitude_e7, accuracy_decimeters,
  speed_decimeters_per_second, heading_decidegrees, battery_percent::integer, is_mock
FROM technician_locations WHERE organization_id = %s AND install_number = %s
ORDER BY seq, recorded_at
"""


class FixTables:
    """Reads as the superuser, whom no policy hides anything from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[TupleRow]]:
        with psycopg.connect(self._database.superuser_url, autocommit=True) as connection:
            yield connection

    def fixes(self, install: DeviceInstall) -> list[tuple[Fix, int]]:
        """Return a numbering's fixes with their time of arrival, in the order of numbers."""
        with self.connected() as connection:
            rows = connection.execute(_FIXES, (install.organization_id, install.number)).fetchall()
        return [
            (Fix(row[1], unix_microseconds(row[2]), *row[3:]), unix_microseconds(row[0]))
            for row in rows
        ]

    def cursor(self, install: DeviceInstall) -> SeqRanges:
        with self.connected() as connection:
            row = connection.execute(
                "SELECT acked FROM device_installs WHERE organization_id = %s AND number = %s",
                (install.organization_id, install.number),
            ).fetchone()
        return () if row is None else tuple(SeqRange(item.lower, item.upper - 1) for item in row[0])

    def transactions(self) -> int:
        """Return how many transactions stored what is there."""
        with self.connected() as connection:
            row = connection.execute(
                "SELECT count(DISTINCT xmin::text) FROM technician_locations"
            ).fetchone()
        return 0 if row is None else int(row[0])

    def bytes_per_fix(self) -> float:
        """Return what a fix takes on average, in the table and its index."""
        with self.connected() as connection:
            row = connection.execute(
                "SELECT sum(pg_total_relation_size(relid))::float8"
                " / (SELECT count(*) FROM technician_locations)"
                " FROM pg_partition_tree('technician_locations') WHERE isleaf"
                " AND pg_relation_size(relid) > 0"
            ).fetchone()
        return float(row[0]) if row else 0.0

    def writers(self) -> list[int]:
        """Return the backends of the system role that are busy or wait."""
        with self.connected() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = 'campotech_system' AND state <> 'idle'"
            ).fetchall()
        return [int(row[0]) for row in rows]

    def kill_writers(self) -> None:
        """End the connections of the system role, whatever they are doing."""
        with self.connected() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'campotech_system'"
            )

    @contextmanager
    def closed_to_writers(self) -> Iterator[None]:
        """End the system role's connections; let no ordinary role in until the block ends."""
        name = sql.Identifier(self._database.name)
        with self.connected() as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(name))
            self.kill_writers()
            try:
                yield
            finally:
                connection.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(name))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every writer waiting until the block ends."""
        with self.connected() as connection, connection.transaction():
            connection.execute("LOCK TABLE technician_locations IN ACCESS EXCLUSIVE MODE")
            yield
