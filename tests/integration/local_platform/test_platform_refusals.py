"""What keeps a platform from starting is said before anything has been started."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local_platform import state_folder
from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_platform.platform import LocalPlatform
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.errors import AlreadyRunningError, PortBusyError
from cli.local_servers.ports import LOOPBACK, HeldPorts
from tests.support.servers import temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with HeldPorts() as held:
        yield held


async def test_a_busy_port_is_named_with_its_setting(folder: Path, ports: HeldPorts) -> None:
    settings = settings_on_free_ports(ports, folder)
    platform = LocalPlatform(settings, environment={})

    with (
        socket.create_server((LOOPBACK, settings.grpc_port)),
        pytest.raises(PortBusyError, match=f"{settings.grpc_port}.*CAMPOTECH_GRPC_PORT"),
    ):
        await platform.__aenter__()

    assert not (folder / "postgres").exists()


async def test_a_second_platform_on_the_same_folder_is_refused(
    folder: Path, ports: HeldPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_folder, "LOCK_TIMEOUT_SECONDS", 0.1)
    platform = LocalPlatform(settings_on_free_ports(ports, folder), environment={})

    with (
        StateFolder.at(folder).lock(),
        pytest.raises(AlreadyRunningError, match=rf"already runs.*{folder} \(pid {os.getpid()}\)"),
    ):
        await platform.__aenter__()


def test_a_folder_is_free_again_once_its_owner_has_gone(folder: Path) -> None:
    StateFolder.at(folder).lock().close()

    StateFolder.at(folder).lock().close()

    assert (folder / "lock").read_text() == str(os.getpid())
