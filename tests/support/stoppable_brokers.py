"""The brokers that Dramatiq can use, to be killed, frozen, cut off, wiped and started again."""

import signal
from pathlib import Path
from typing import Protocol

import pytest

from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.valkey import LocalValkey
from tests.support.local_rabbitmq import LocalRabbitmq, is_installed

VALKEY, RABBITMQ = "valkey", "rabbitmq"
BROKERS = (
    VALKEY,
    pytest.param(
        RABBITMQ,
        marks=pytest.mark.skipif(not is_installed(), reason="RabbitMQ's server is not installed"),
    ),
)
"""What a fixture takes as its parameters."""


class LocalBroker(Protocol):
    """A server of ours that comes back on the port it had."""

    @property
    def url(self) -> str: ...
    def start(self) -> Child: ...
    def wait_until_ready(self, child: Child) -> None: ...
    def cut_connections(self) -> None: ...
    def wipe(self) -> None: ...


class StoppableBroker:
    """One broker and the process it runs in."""

    def __init__(self, server: LocalBroker) -> None:
        self._server = server
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.exit_code() is None

    def start(self) -> None:
        self._child = self._server.start()
        self._server.wait_until_ready(self._child)

    def kill(self) -> None:
        self._send(signal.SIGKILL)
        assert self._child is not None
        assert self._child.wait(timeout_seconds=10)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def cut_connections(self) -> None:
        self._server.cut_connections()

    def wipe(self) -> None:
        self._server.wipe()

    def ensure_running(self) -> None:
        """Start what a test stopped and did not start again."""
        if not self.is_running:
            self.start()
        self.thaw()

    def _send(self, wanted: signal.Signals) -> None:
        assert self._child is not None
        self._child.send(wanted)


class _Valkey:
    def __init__(self, server: LocalValkey) -> None:
        self._server = server

    @property
    def url(self) -> str:
        return self._server.url()

    def start(self) -> Child:
        return self._server.start()

    def wait_until_ready(self, child: Child) -> None:
        self._server.wait_until_ready(child)

    def cut_connections(self) -> None:
        with self._server.connect() as client:
            client.client_kill_filter(_type="normal", skipme=True)

    def wipe(self) -> None:
        with self._server.connect() as client:
            client.flushall()


def open_stoppable_broker(
    name: str, folder: Path, *, ports: HeldPorts, children: Children
) -> StoppableBroker:
    """Return a broker that has not been started yet."""
    if name == RABBITMQ:
        return StoppableBroker(LocalRabbitmq(folder, ports=ports, children=children))
    valkey = LocalValkey(folder, port=ports.hold_any(), children=children)
    return StoppableBroker(_Valkey(valkey))
