"""Real servers for tests: one Postgres and one Valkey per run, a fresh database for each test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DISPOSABLE, LocalPostgres
from cli.local_servers.valkey import LocalValkey
from db.migrate import migrate
from db.roles import APP, OWNER, SYSTEM

TEMPLATE = "campotech_template"
MEMORY = Path("/dev/shm")  # noqa: S108 -- folders in it are made by tempfile
ROOM_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The addresses of one migrated database, one per role."""

    name: str
    owner_url: str
    app_url: str
    system_url: str
    superuser_url: str


class DatabaseServer:
    """A Postgres which hands out copies of one migrated database."""

    def __init__(self, postgres: LocalPostgres) -> None:
        self.postgres = postgres
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._has_template = False

    @contextmanager
    def empty_database(self) -> Iterator[Database]:
        """Yield a database with its roles and no schema."""
        name = next(self._names)
        self.postgres.ensure_database(name)
        try:
            yield self._addresses(name)
        finally:
            self._drop(name)

    @contextmanager
    def migrated_database(self) -> Iterator[Database]:
        """Yield a database with the newest schema and no rows."""
        self._ensure_template()
        name = next(self._names)
        # Copying files beats copying through the log by a third here, with fsync off.
        self._execute(
            sql.SQL(
                "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY FILE_COPY"
            ).format(
                name=sql.Identifier(name),
                template=sql.Identifier(TEMPLATE),
                owner=sql.Identifier(OWNER),
            )
        )
        try:
            yield self._addresses(name)
        finally:
            self._drop(name)

    def _ensure_template(self) -> None:
        if not self._has_template:
            self.postgres.ensure_database(TEMPLATE)
            migrate(self.postgres.url(OWNER, database=TEMPLATE))
            self._has_template = True

    def _addresses(self, name: str) -> Database:
        return Database(
            name=name,
            owner_url=self.postgres.url(OWNER, database=name),
            app_url=self.postgres.url(APP, database=name),
            system_url=self.postgres.url(SYSTEM, database=name),
            superuser_url=self.postgres.superuser_url(database=name),
        )

    def _drop(self, name: str) -> None:
        self._execute(
            sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(name=sql.Identifier(name))
        )

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.postgres.superuser_url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield a folder that only we may enter, as a fresh clone in a private folder would be."""
    with tempfile.TemporaryDirectory(
        prefix="campotech-", dir=parent, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def memory() -> Path | None:
    """Return where files lie in memory, if there is room: databases are copied far faster there."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return MEMORY if has_room and os.access(MEMORY, os.W_OK) else None


@contextmanager
def running_postgres(log_folder: Path) -> Iterator[LocalPostgres]:
    with (
        temporary_folder(memory()) as folder,
        HeldPorts() as ports,
        Children(log_folder) as children,
    ):
        postgres = LocalPostgres(
            folder, port=ports.hold_any(), children=children, parameters=DISPOSABLE
        )
        postgres.prepare()
        postgres.wait_until_ready(postgres.start())
        yield postgres


@dataclass(frozen=True, slots=True)
class RunningValkey:
    """A Valkey together with the process it runs in, for tests that stop or kill it."""

    valkey: LocalValkey
    child: Child


@contextmanager
def running_valkey(log_folder: Path) -> Iterator[RunningValkey]:
    with temporary_folder() as folder, HeldPorts() as ports, Children(log_folder) as children:
        valkey = LocalValkey(folder, port=ports.hold_any(), children=children)
        child = valkey.start()
        valkey.wait_until_ready(child)
        yield RunningValkey(valkey, child)
