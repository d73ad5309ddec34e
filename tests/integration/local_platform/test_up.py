"""`campotech up` as a person meets it: ready, watched over, and gone without a trace."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cli.local_platform.state_folder import StateFolder
from cli.local_servers.ports import HeldPorts
from tests.support.platform import settings_on_free_ports
from tests.support.servers import temporary_folder
from tests.support.waiting import eventually

READY = "CampoTech is ready"
START_SECONDS = 180
STOP_SECONDS = 45


class RunningUp:
    """A `campotech up` of this test's own."""

    def __init__(self, process: subprocess.Popen[bytes], state_dir: Path, edge_url: str) -> None:
        self.process = process
        self.edge_url = edge_url
        self._state_dir = state_dir

    def says(self) -> str:
        return (self._state_dir.parent / "terminal").read_text()

    def is_ready(self) -> bool:
        return READY in self.says() or self.process.poll() is not None

    def leftovers(self) -> list[str]:
        """Return the command lines of processes that have to do with our state folder."""
        return [
            command
            for process in Path("/proc").glob("[0-9]*")
            if (command := mentions(process, str(self._state_dir)))
        ]


def mentions(process: Path, text: str) -> str:
    try:
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        environment = (process / "environ").read_text(errors="replace")
        folder = str((process / "cwd").readlink())
    except OSError:
        return ""
    return command if text in f"{command} {environment} {folder}" else ""


@contextmanager
def an_up(ports: HeldPorts, root: Path, **wrong_settings: str) -> Iterator[RunningUp]:
    state_dir = root / "state"
    settings = settings_on_free_ports(ports, state_dir)
    environment = {
        **os.environ,
        **{
            f"CAMPOTECH_{name.upper()}": str(value)
            for name, value in settings.model_dump(exclude={"cors_origins"}).items()
        },
        **wrong_settings,
    }
    with (root / "terminal").open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"],
            env=environment,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    up = RunningUp(process, state_dir, settings.edge_url)
    try:
        assert eventually(up.is_ready, within_seconds=START_SECONDS), up.says()
        yield up
    finally:
        process.kill()
        process.wait()
        assert eventually(lambda: not up.leftovers(), within_seconds=STOP_SECONDS)


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


def test_after_a_kill_nothing_is_left_and_the_next_start_finds_its_data(
    ports: HeldPorts, root: Path
) -> None:
    with an_up(ports, root) as first:
        assert READY in first.says()

        first.process.kill()

        assert eventually(lambda: not first.leftovers(), within_seconds=15)

    with an_up(ports, root) as second:
        assert READY in second.says()


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
