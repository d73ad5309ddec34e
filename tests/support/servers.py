"""Real servers for tests: one Postgres and one Valkey per run, a clean database for each test."""

import itertools
import os
import shutil
import tempfile
from collections import Counter
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
from tests.support.clean_databases import MOST_USES, Origin
from tests.support.local_pgbouncer import LocalPgbouncer

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

    def __init__(self, postgres: LocalPostgres, bouncer: LocalPgbouncer | None = None) -> None:
        """Hand out addresses of which the app's passes through the bouncer, if there is one."""
        self.postgres = postgres
        self._bouncer = bouncer
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._origin: Origin | None = None
        self._clean: list[str] = []
        self._uses: Counter[str] = Counter()

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
        origin = self._ensure_template()
        name = self._clean.pop() if self._clean else self._copy_of_template()
        database = self._addresses(name)
        try:
            yield database
        finally:
            self._uses[name] += 1
            if self._uses[name] < MOST_USES and origin.restore(database.superuser_url):
                self._clean.append(name)
            else:
                self._drop(name)

    def _copy_of_template(self) -> str:
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
        return name

    def _ensure_template(self) -> Origin:
        if self._origin is None:
            self.postgres.ensure_database(TEMPLATE)
            migrate(self.postgres.url(OWNER, database=TEMPLATE))
            self._origin = Origin.of(self.postgres.superuser_url(database=TEMPLATE))
        return self._origin

    def _addresses(self, name: str) -> Database:
        app_url = self.postgres.url(APP, database=name)
        return Database(
            name=name,
            owner_url=self.postgres.url(OWNER, database=name),
            app_url=self._bouncer.through(app_url) if self._bouncer else app_url,
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


@contextmanager
def running_pgbouncer(postgres: LocalPostgres, log_folder: Path) -> Iterator[LocalPgbouncer]:
    """Yield one that stands before a Postgres for the app's role."""
    app_url = postgres.url(APP, database="postgres")
    with temporary_folder() as folder, HeldPorts() as ports, Children(log_folder) as children:
        bouncer = LocalPgbouncer(folder, ports=ports, children=children)
        bouncer.wait_until_listening(bouncer.start(app_url))
        yield bouncer


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
