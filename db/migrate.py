"""Brings a database to the newest schema: numbered SQL files, each applied once, forward only."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adapters.postgres.conninfo import watchful
from db.partitions import ensure_partitions

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
LOCK_TIMEOUT = "3s"
STATEMENT_TIMEOUT = "60s"
LOCK_ATTEMPTS = 10
_ADVISORY_LOCK = 0x63616D70  # one migration at a time per database


class MigrationError(Exception):
    """The database and the migration files do not fit together; says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS_FOLDER) -> list[Migration]:
    """Return the migrations in order; raise MigrationError for a gap or a repeated number."""
    migrations = [
        Migration(version=int(path.name[:4]), name=path.stem, statements=path.read_text("utf-8"))
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]
    for expected, migration in enumerate(migrations, start=1):
        if migration.version != expected:
            raise MigrationError(f"{migration.name}: expected number {expected:04d}.")
    return migrations


def migrate(owner_conninfo: str, migrations: list[Migration] | None = None) -> list[str]:
    """Apply what is missing, make the partitions, and return the names that were applied.

    The session holds an advisory lock, so this needs a direct connection (no transaction pooling),
    logged in as the owner. A table lock that cannot be had is given up and asked for again, so
    that waiting behind a long transaction does not stop everybody else.
    """
    wanted = read_migrations() if migrations is None else migrations
    with psycopg.connect(watchful(owner_conninfo), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        applied = [item.name for item in _missing(connection, wanted) if _apply(connection, item)]
        ensure_partitions(connection)
    return applied


def _missing(
    connection: psycopg.Connection[tuple[object, ...]], wanted: list[Migration]
) -> list[Migration]:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = connection.execute("SELECT version, checksum FROM schema_migrations").fetchall()
    known = {row[0]: row[1] for row in rows}
    for migration in wanted:
        if known.get(migration.version, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"{migration.name} was changed after it was applied; write a new migration."
            )
    if len(known) > len(wanted):
        raise MigrationError(
            f"The database has {len(known)} migrations and this build only {len(wanted)}:"
            " it was migrated by a newer release."
        )
    return [migration for migration in wanted if migration.version not in known]


def _apply(connection: psycopg.Connection[tuple[object, ...]], migration: Migration) -> bool:
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            with connection.transaction():
                connection.execute(migration.statements.encode())
                connection.execute(
                    "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
                    [migration.version, migration.name, migration.checksum],
                )
        except psycopg.errors.LockNotAvailable as error:
            if attempt == LOCK_ATTEMPTS:
                raise MigrationError(f"{migration.name}: a lock was never free.") from error
            time.sleep(attempt * 0.2)
        except psycopg.Error as error:
            raise MigrationError(f"{migration.name}: {error}") from error
        else:
            return True
    return False
