"""A Postgres and a Valkey of a test's own, to be stopped, killed, frozen and started again."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DISPOSABLE, LocalPostgres
from cli.local_servers.valkey import LocalValkey
from tests.support.servers import Database, DatabaseServer, temporary_folder

# What was acknowledged must be there after a kill, and long runs want a vacuumed table.
PARAMETERS = {**DISPOSABLE, "synchronous_commit": "on", "autovacuum": "on"}


class StoppableServers:
    """Both servers; each comes back on the port it had."""

    def __init__(self, folder: Path, *, ports: HeldPorts, children: Children) -> None:
        self._postgres = LocalPostgres(
            folder / "postgres", port=ports.hold_any(), children=children, parameters=PARAMETERS
        )
        self._valkey = LocalValkey(folder / "valkey", port=ports.hold_any(), children=children)
        self._databases = DatabaseServer(self._postgres)
        self._running: dict[str, Child] = {}

    @property
    def redis_url(self) -> str:
        return self._valkey.url()

    def start_postgres(self) -> None:
        self._postgres.prepare()
        self._running["postgres"] = self._postgres.start()
        self._postgres.wait_until_ready(self._running["postgres"])

    def stop_postgres(self) -> None:
        assert self._running["postgres"].stop(timeout_seconds=20)

    def start_valkey(self) -> None:
        self._running["valkey"] = self._valkey.start()
        self._valkey.wait_until_ready(self._running["valkey"])

    def kill_valkey(self) -> None:
        child = self._running["valkey"]
        child.send(signal.SIGKILL)
        assert child.wait(timeout_seconds=10)

    def freeze_valkey(self) -> None:
        self._running["valkey"].send(signal.SIGSTOP)

    def thaw_valkey(self) -> None:
        self._running["valkey"].send(signal.SIGCONT)

    def cut_connections_of_valkey(self) -> None:
        with self._valkey.connect() as client:
            client.client_kill_filter(_type="normal", skipme=True)

    def wipe_valkey(self) -> None:
        with self._valkey.connect() as client:
            client.flushall()

    def ensure_running(self) -> None:
        """Start what a test stopped and did not start again."""
        if not self._is_running("postgres"):
            self.start_postgres()
        if not self._is_running("valkey"):
            self.start_valkey()
        self.thaw_valkey()

    def _is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].exit_code() is None

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Yield a migrated database and an empty broker."""
        self.ensure_running()
        self.wipe_valkey()
        with self._databases.migrated_database() as database:
            yield database
            self.ensure_running()


@contextmanager
def stoppable_servers(log_folder: Path) -> Iterator[StoppableServers]:
    """Yield both servers, running."""
    with temporary_folder() as folder, HeldPorts() as ports, Children(log_folder) as children:
        servers = StoppableServers(folder, ports=ports, children=children)
        servers.ensure_running()
        yield servers
