"""A PgBouncer in transaction mode, from the machine's own package; there is no wheel of it."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from cli.local_servers.accounts import account_for
from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.errors import StartError
from cli.local_servers.ports import LOOPBACK, HeldPorts

SERVER = Path("/usr/sbin/pgbouncer")
"""Where Debian's package has it."""
READY_TIMEOUT_SECONDS = 20.0
# More than any test's pools together: what is proved is the mode, not the queue.
SERVER_CONNECTIONS = 80
CLIENT_CONNECTIONS = 2000


def is_installed() -> bool:
    return SERVER.exists()


class LocalPgbouncer:
    """Stands before one Postgres, for one role and any database."""

    def __init__(self, folder: Path, *, ports: HeldPorts, children: Children) -> None:
        self._folder = folder
        self._children = children
        self._port = ports.hold_any()

    def through(self, url: str) -> str:
        """Return the address that comes to the same database by way of this."""
        parts = urlsplit(url)
        _, _, direct = parts.netloc.rpartition(":")
        return url.replace(f":{direct}/", f":{self._port}/", 1)

    def start(self, app_url: str) -> Child:
        """Start it for the role that logs in at this address."""
        account = account_for([str(SERVER), "--version"], folder=self._folder)
        self._write("users.txt", _users(app_url))
        self._write("pgbouncer.ini", self._configuration(app_url))
        return self._children.start(
            "pgbouncer",
            [str(SERVER), str(self._folder / "pgbouncer.ini")],
            environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            directory=self._folder,
            account=account,
        )

    def wait_until_listening(self, child: Child) -> None:
        """Wait until it takes connections; whether its Postgres does is another question."""
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            with suppress(OSError):
                socket.create_connection((LOOPBACK, self._port), timeout=5).close()
                return
        raise StartError(f"PgBouncer answers nobody; see {child.log_path}.\n{child.log_tail()}")

    def _configuration(self, app_url: str) -> str:
        return "\n".join(
            [
                "[databases]",
                f"* = host={LOOPBACK} port={urlsplit(app_url).port}",
                "[pgbouncer]",
                f"listen_addr = {LOOPBACK}",
                f"listen_port = {self._port}",
                "unix_socket_dir =",
                "pool_mode = transaction",
                "auth_type = scram-sha-256",
                f"auth_file = {self._folder / 'users.txt'}",
                f"default_pool_size = {SERVER_CONNECTIONS}",
                f"max_client_conn = {CLIENT_CONNECTIONS}",
                # A Postgres that comes back is used at once, as without anything between.
                "server_login_retry = 0.2",
                "server_idle_timeout = 20",
                "",
            ]
        )

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(text)
        owner = self._folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o600)


def _users(url: str) -> str:
    parts = urlsplit(url)
    return f'"{parts.username}" "{parts.password}"\n'
