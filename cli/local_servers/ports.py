"""Loopback ports that nobody else can take between choosing them and listening on them."""

import socket
from pathlib import Path
from typing import Self

from cli.local_servers.errors import PortBusyError

LOOPBACK = "127.0.0.1"
TIME_WAIT = "06"
HIGHEST_PORT = 65_535


class HeldPorts:
    """Keeps a bound but silent socket on each port.

    A server that sets SO_REUSEADDR (all of ours do) listens beside it; anybody else, and the
    kernel when it picks a port for an outgoing connection, finds the port taken. It is held until
    the end, so that a server which is restarted finds its port again.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hold(self, number: int, *, setting: str) -> int:
        """Hold this port, or raise PortBusyError naming it, its setting and who has it."""
        try:
            return self._bind(number)
        except OSError as error:
            raise PortBusyError(
                f"Port {number} is in use{_by_whom(number)}. "
                f"Stop that program, or choose another port with {setting} "
                f"(CAMPOTECH_PORT_OFFSET moves all ports at once)."
            ) from error

    def hold_any(self) -> int:
        return self._bind(0)

    def hold_consecutive(self, count: int) -> int:
        """Hold this many ports in a row and return the first."""
        while True:
            first = self._bind(0)
            try:
                if first + count > HIGHEST_PORT:
                    continue
                for number in range(first + 1, first + count):
                    self._bind(number, is_alone=True)
            except OSError:
                continue
            return first

    def close(self) -> None:
        for held in self._sockets:
            held.close()
        self._sockets.clear()

    def _bind(self, number: int, *, is_alone: bool = False) -> int:
        """Hold a port; `is_alone` refuses one that anybody holds as we do, we ourselves included.

        It refuses one too whose last connections are just ending.
        """
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # Not SO_REUSEPORT: with it a port that another server shares would look free.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, not is_alone)
            held.bind((LOOPBACK, number))
            # Whoever listens later asks what it is then.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        except OSError:
            held.close()
            raise
        self._sockets.append(held)
        chosen: int = held.getsockname()[1]
        return chosen


def _by_whom(port: int) -> str:
    """Return ' by NAME (pid N)' where /proc tells, else nothing."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            descriptors = list((process / "fd").iterdir())
            if any(str(descriptor.readlink()) in sockets for descriptor in descriptors):
                name = (process / "comm").read_text().strip()
                return f" by {name} (pid {process.name})"
        except OSError:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return ""


def _inodes(port: int) -> set[str]:
    inodes: set[str] = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            if int(local.rpartition(":")[2], 16) == port and state != TIME_WAIT:
                inodes.add(inode)
    return inodes - {"0"}
