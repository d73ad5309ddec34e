"""The servers that suites share: one durable Postgres and one Valkey per invocation."""

import itertools
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import redis
from psycopg import sql

from benchmarks.process_times import cpu_seconds
from cli.edge.configuration import Edge
from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.envoy import LocalEnvoy
from cli.local_servers.ports import LOOPBACK, HeldPorts
from cli.local_servers.postgres import DURABLE, LocalPostgres
from cli.local_servers.valkey import LocalValkey
from db.migrate import migrate
from db.roles import APP, OWNER, SYSTEM

_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The addresses of one database, by role."""

    name: str
    owner_url: str
    app_url: str
    system_url: str
    superuser_url: str

    def rows(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """Run SQL as superuser, outside row-level security; return the rows."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


class Workshop:
    """Where a suite gets servers, databases and processes from."""

    def __init__(self, folder: Path, children: Children, ports: HeldPorts) -> None:
        self.folder = folder
        self._children = children
        self._ports = ports
        self._kept: dict[str, Database] = {}
        self._kept_open = ExitStack()
        self._names = (f"bench_{number}" for number in itertools.count(1))
        self._started = itertools.count(1)
        # Safe after a crash of the machine, as in production.
        self._postgres = LocalPostgres(
            folder / "postgres", port=ports.hold_any(), children=children, parameters=DURABLE
        )
        self._postgres.prepare()
        self.postgres = self._postgres.start()
        self._valkey = LocalValkey(folder / "valkey", port=ports.hold_any(), children=children)
        self.valkey = self._valkey.start()
        self._postgres.wait_until_ready(self.postgres)
        self._valkey.wait_until_ready(self.valkey)

    @property
    def valkey_url(self) -> str:
        return self._valkey.url()

    @property
    def valkey_port(self) -> int:
        return self._valkey.port

    def connect_valkey(self) -> redis.Redis:
        return self._valkey.connect()

    def empty_valkey(self) -> None:
        with self._valkey.connect() as client:
            client.flushall()

    @contextmanager
    def database(self, *, is_migrated: bool = True) -> Iterator[Database]:
        """Yield a database of its own, with our schema or empty."""
        name = next(self._names)
        self._postgres.ensure_database(name)
        if is_migrated:
            migrate(self._postgres.url(OWNER, database=name))
        try:
            yield Database(
                name=name,
                owner_url=self._postgres.url(OWNER, database=name),
                app_url=self._postgres.url(APP, database=name),
                system_url=self._postgres.url(SYSTEM, database=name),
                superuser_url=self._postgres.superuser_url(database=name),
            )
        finally:
            with psycopg.connect(self._postgres.superuser_url(), autocommit=True) as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )

    def kept_database(self, name: str, fill: Callable[[Database], None]) -> Database:
        """Return a migrated database that is filled once and stays until the end."""
        if name not in self._kept:
            database = self._kept_open.enter_context(self.database())
            fill(database)
            self._kept[name] = database
        return self._kept[name]

    def drop_kept_databases(self) -> None:
        self._kept.clear()
        self._kept_open.close()

    @contextmanager
    def without_postgres(self) -> Iterator[None]:
        """Keep Postgres stopped inside the block; its databases are there again afterwards."""
        self.postgres.stop(timeout_seconds=_STOP_SECONDS)
        try:
            yield
        finally:
            self._postgres.prepare()
            self.postgres = self._postgres.start()
            self._postgres.wait_until_ready(self.postgres)

    @contextmanager
    def edge(self, server_port: int) -> Iterator[str]:
        """Yield the address of an Envoy as it stands before servers, with its defaults."""
        edge = Edge(
            address=LOOPBACK,
            port=self.hold_port(),
            admin_port=self.hold_port(),
            server_ports=(server_port,),
            cors_origins=(),
        )
        envoy = LocalEnvoy(self.folder / "envoy", edge=edge, children=self._children)
        envoy.prepare()
        program = envoy.start()
        try:
            envoy.wait_until_ready(program)
            for _ in attempts(_STOP_SECONDS):
                if httpx.get(f"{envoy.url}/api/health").is_success:
                    break
            yield f"{LOOPBACK}:{edge.port}"
        finally:
            program.stop(timeout_seconds=_STOP_SECONDS)

    def hold_port(self) -> int:
        """Return a port that nobody else takes before a program of ours listens on it."""
        return self._ports.hold_any()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path | None = None,
    ) -> Child:
        """Start a program in a process group of its own; the caller stops it."""
        return self._children.start(
            f"{name}-{next(self._started)}",
            command,
            environment={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
                "PYTHONPATH": str(Path.cwd()),
                **environment,
            },
            directory=directory,
        )


@contextmanager
def open_workshop() -> Iterator[Workshop]:
    """Yield servers on free ports, with everything they write in a folder that goes away."""
    with (
        tempfile.TemporaryDirectory(prefix="campotech-bench-", ignore_cleanup_errors=True) as name,
        HeldPorts() as ports,
        Children(Path(name) / "logs") as children,
    ):
        workshop = Workshop(Path(name), children, ports)
        try:
            yield workshop
        finally:
            workshop.drop_kept_databases()


@contextmanager
def frozen(children: Sequence[Child]) -> Iterator[None]:
    """Keep programs from running inside the block: what they shall work on is laid out there."""
    _signal(children, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(children, signal.SIGCONT)


def kill(children: Sequence[Child]) -> None:
    """End programs and all that they started as a power cut would."""
    _signal(children, signal.SIGKILL)
    for child in children:
        child.wait(timeout_seconds=10)


def _signal(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        os.killpg(child.pid, number)


class CpuMeter:
    """CPU time of named programs since a moment."""

    def __init__(self, programs: Mapping[str, Sequence[Child]]) -> None:
        self._programs = programs
        self._before = self._now()

    def used(self) -> dict[str, float]:
        """Return the seconds that each has used since the meter was made."""
        now = self._now()
        return {name: now[name] - before for name, before in self._before.items()}

    def _now(self) -> dict[str, float]:
        return {
            name: sum(cpu_seconds(child.pid) for child in children)
            for name, children in self._programs.items()
        }
