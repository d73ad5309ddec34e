"""Ports are held until a server takes them, and a busy one is named with whoever has it."""

import os
import socket

import pytest

from cli.local_servers.errors import PortBusyError
from cli.local_servers.ports import LOOPBACK, HeldPorts


def test_a_busy_port_is_named_with_its_setting_and_its_holder() -> None:
    with socket.create_server((LOOPBACK, 0)) as other, HeldPorts() as ports:
        port = other.getsockname()[1]

        with pytest.raises(
            PortBusyError, match=rf"Port {port} .*pid {os.getpid()}.*CAMPOTECH_EDGE_PORT"
        ):
            ports.hold(port, setting="CAMPOTECH_EDGE_PORT")


def test_a_port_that_another_server_shares_counts_as_busy() -> None:
    with socket.socket() as other, HeldPorts() as ports:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((LOOPBACK, 0))
        other.listen()

        with pytest.raises(PortBusyError):
            ports.hold(other.getsockname()[1], setting="CAMPOTECH_GRPC_PORT")


def test_a_server_listens_on_a_held_port_and_again_after_a_restart() -> None:
    with HeldPorts() as ports:
        port = ports.hold_any()

        for _ in range(2):
            with socket.create_server((LOOPBACK, port)), socket.create_connection((LOOPBACK, port)):
                pass


def test_nobody_else_is_given_a_held_port() -> None:
    with HeldPorts() as ports, socket.socket() as stranger:
        port = ports.hold_any()

        with pytest.raises(OSError, match="in use"):
            stranger.bind((LOOPBACK, port))


def test_consecutive_ports_are_all_held() -> None:
    with HeldPorts() as ports:
        first = ports.hold_consecutive(3)

        for port in range(first, first + 3):
            with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
                stranger.bind((LOOPBACK, port))


def test_ports_in_a_row_are_none_that_are_held() -> None:
    with HeldPorts() as ports:
        # So many that a row which may begin anywhere would meet some of them.
        held = [ports.hold_any() for _ in range(500)]
        for _ in range(20):
            first = ports.hold_consecutive(10)
            held += range(first, first + 10)

        assert len(set(held)) == len(held)


def test_a_server_listens_on_ports_in_a_row_and_again_after_a_restart() -> None:
    with HeldPorts() as ports:
        port = ports.hold_consecutive(2) + 1

        for _ in range(2):
            with socket.create_server((LOOPBACK, port)), socket.create_connection((LOOPBACK, port)):
                pass
