"""`campotech up` as a process of its own, and what is left of it when it has ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_servers.ports import HeldPorts
from cli.settings import LocalSettings
from tests.support.waiting import eventually

READY = "CampoTech is ready"
START_SECONDS = 180
STOP_SECONDS = 45


class RunningUp:
    """A `campotech up` of a test's own."""

    def __init__(self, process: subprocess.Popen[bytes], settings: LocalSettings) -> None:
        self.process = process
        self.edge_url = settings.edge_url
        self._state_dir = settings.state_dir

    def says(self) -> str:
        return _terminal_of(self._state_dir).read_text()

    def is_ready(self) -> bool:
        return READY in self.says() or self.process.poll() is not None

    def leftovers(self) -> list[str]:
        """Return the command lines of processes that have to do with our state folder."""
        return [
            command
            for process in Path("/proc").glob("[0-9]*")
            if (command := _mentions(process, str(self._state_dir)))
        ]


def start_up(settings: LocalSettings, **wrong_settings: str) -> RunningUp:
    """Start one and return at once; what it says is kept beside its state folder."""
    environment = {
        **os.environ,
        **{
            f"CAMPOTECH_{name.upper()}": str(value)
            for name, value in settings.model_dump(exclude={"cors_origins"}).items()
        },
        **wrong_settings,
    }
    with _terminal_of(settings.state_dir).open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"],
            env=environment,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return RunningUp(process, settings)


@contextmanager
def an_up(ports: HeldPorts, root: Path, **wrong_settings: str) -> Iterator[RunningUp]:
    """Yield one that is ready, or has given up; kill it in the end."""
    up = start_up(settings_on_free_ports(ports, root / "state"), **wrong_settings)
    try:
        assert eventually(up.is_ready, within_seconds=START_SECONDS), up.says()
        yield up
    finally:
        up.process.kill()
        up.process.wait()
        assert eventually(lambda: not up.leftovers(), within_seconds=STOP_SECONDS)


def _terminal_of(state_dir: Path) -> Path:
    return state_dir.parent / "terminal"


def _mentions(process: Path, text: str) -> str:
    try:
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        environment = (process / "environ").read_text(errors="replace")
        folder = str((process / "cwd").readlink())
    except OSError:
        return ""
    return command if text in f"{command} {environment} {folder}" else ""
