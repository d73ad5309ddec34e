"""`campotech up` as a person meets it: ready, watched over, and gone without a trace."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.local_platform.state_folder import StateFolder
from cli.local_servers.ports import HeldPorts
from tests.support.running_up import READY, START_SECONDS, STOP_SECONDS, an_up
from tests.support.servers import temporary_folder


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with HeldPorts() as held:
        yield held


@pytest.fixture
def root() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


def test_it_becomes_ready_and_stops_without_a_trace(ports: HeldPorts, root: Path) -> None:
    with an_up(ports, root) as up:
        assert READY in up.says()
        assert httpx.get(f"{up.edge_url}/api/health").is_success

        up.process.send_signal(signal.SIGINT)

        assert up.process.wait(timeout=STOP_SECONDS) == 0
        assert "CampoTech has stopped" in up.says()
        assert " killed" not in up.says()
        assert up.leftovers() == []


def test_a_second_one_on_the_same_folder_says_who_is_there(ports: HeldPorts, root: Path) -> None:
    with StateFolder.at(root / "state").lock(), an_up(ports, root) as second:
        assert second.process.wait(timeout=START_SECONDS) == 1

        assert f"already runs with its state in {root / 'state'} (pid {os.getpid()})" in (
            second.says()
        )


def test_a_wrong_setting_is_named(ports: HeldPorts, root: Path) -> None:
    with an_up(ports, root, CAMPOTECH_EDGE_PORT="eighty") as up:
        assert up.process.wait(timeout=START_SECONDS) == 1

        assert "CAMPOTECH_EDGE_PORT: Input should be a valid integer" in up.says()
