"""A Postgres and a broker of a test's own, to be stopped, killed, frozen and started again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DISPOSABLE, LocalPostgres
from tests.support.servers import Database, DatabaseServer, temporary_folder
from tests.support.stoppable_brokers import VALKEY, open_stoppable_broker

# What was acknowledged must be there after a kill, and long runs want a vacuumed table.
PARAMETERS = {**DISPOSABLE, "synchronous_commit": "on", "autovacuum": "on"}


class StoppableServers:
    """Both servers; each comes back on the port it had."""

    def __init__(self, folder: Path, *, broker: str, ports: HeldPorts, children: Children) -> None:
        self._postgres = LocalPostgres(
            folder / "postgres", port=ports.hold_any(), children=children, parameters=PARAMETERS
        )
        self.broker = open_stoppable_broker(broker, folder / broker, ports=ports, children=children)
        self._databases = DatabaseServer(self._postgres)
        self._running_postgres: Child | None = None

    def start_postgres(self) -> None:
        self._postgres.prepare()
        self._running_postgres = self._postgres.start()
        self._postgres.wait_until_ready(self._running_postgres)

    def stop_postgres(self) -> None:
        assert self._running_postgres is not None
        assert self._running_postgres.stop(timeout_seconds=20)

    def ensure_running(self) -> None:
        """Start what a test stopped and did not start again."""
        if self._running_postgres is None or self._running_postgres.exit_code() is not None:
            self.start_postgres()
        self.broker.ensure_running()

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Yield a migrated database and an empty broker."""
        self.ensure_running()
        self.broker.wipe()
        with self._databases.migrated_database() as database:
            yield database
            self.ensure_running()


@contextmanager
def stoppable_servers(log_folder: Path, *, broker: str = VALKEY) -> Iterator[StoppableServers]:
    """Yield both servers, running; the broker is one of `BROKERS`."""
    with temporary_folder() as folder, HeldPorts() as ports, Children(log_folder) as children:
        servers = StoppableServers(folder, broker=broker, ports=ports, children=children)
        servers.ensure_running()
        yield servers
