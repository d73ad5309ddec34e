"""Child processes with a log file each, none of which outlives the process that started it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from cli.local_servers.errors import StartError

LAUNCHER = Path(__file__).with_name("launch.py")
GUARDIAN = Path(__file__).with_name("guardian.py")
# -I -S: neither the environment nor site-packages may change what these two scripts do.
PYTHON_SCRIPT = (sys.executable, "-I", "-S")
POLL_SECONDS = 0.02
STOP_TIMEOUT_SECONDS = 10
LARGEST_LOG_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user to run as, and the Linux capabilities to keep as that user."""

    uid: int
    gid: int
    capabilities: tuple[int, ...] = ()


class Child:
    """One running program, leader of a process group of its own."""

    def __init__(
        self,
        name: str,
        *,
        process: subprocess.Popen[bytes],
        log_path: Path,
        stop_signal: signal.Signals,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self.started_at = time.monotonic()
        self._process = process
        self._stop_signal = stop_signal

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return None while the program runs; once it has ended, its whole group is gone too."""
        if self._process.returncode is None and self._has_ended():
            # Before the pid is given back: until then the group's number cannot mean another.
            self._kill_group()
            self._process.wait()
        return self._process.returncode

    def send(self, wanted: signal.Signals) -> None:
        """Send a signal to the leader alone; nothing happens if it has ended."""
        if self.exit_code() is None:
            self._process.send_signal(wanted)

    def stop(self, *, timeout_seconds: float) -> bool:
        """Ask the program to end, then kill its group; return whether asking was enough."""
        self.send(self._stop_signal)
        # A suspended program would not see the request.
        self.send(signal.SIGCONT)
        if self.wait(timeout_seconds=timeout_seconds):
            return True
        self._kill_group()
        self.wait(timeout_seconds=timeout_seconds)
        return False

    def wait(self, *, timeout_seconds: float) -> bool:
        """Return whether the program has ended within the time."""
        deadline = time.monotonic() + timeout_seconds
        while self.exit_code() is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def log_tail(self, lines: int = 15) -> str:
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - 16_384))
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def require_running(self) -> None:
        """Raise StartError with the end of the log if the program has ended."""
        code = self.exit_code()
        if code is not None:
            raise StartError(
                f"{self.name} ended with {describe_exit(code)} instead of becoming ready.\n"
                f"The end of {self.log_path}:\n{self.log_tail()}"
            )

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Children:
    """Starts programs, each in a session of its own, so that Ctrl-C reaches only their owner.

    Start them in the thread that lives longest: the kernel ends a child with the thread that
    started it.
    """

    def __init__(self, log_folder: Path, *, lock: IO[str] | None = None) -> None:
        self._log_folder = log_folder
        self._children: list[Child] = []
        log_folder.mkdir(parents=True, exist_ok=True)
        self._guardian = subprocess.Popen(  # noqa: S603  # a script of ours
            [*PYTHON_SCRIPT, str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=() if lock is None else (lock.fileno(),),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        log_path = self._log_folder / f"{name}.log"
        with log_path.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # commands are built by our own modules
                launch_command(
                    command, directory=directory, account=account, death_signal=stop_signal
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                start_new_session=True,
            )
        self._tell_guardian("watch", process.pid)
        child = Child(name, process=process, log_path=log_path, stop_signal=stop_signal)
        self._forget_ended()
        self._children.append(child)
        return child

    def rotate_logs(self) -> None:
        """Keep one older part of each log that has grown large; the programs write on."""
        for log_path in self._log_folder.glob("*.log"):
            if log_path.stat().st_size > LARGEST_LOG_BYTES:
                shutil.copyfile(log_path, log_path.with_suffix(".log.1"))
                os.truncate(log_path, 0)

    def close(self) -> None:
        """Stop what is still running, the newest first."""
        for child in reversed(self._children):
            child.stop(timeout_seconds=STOP_TIMEOUT_SECONDS)
        self._forget_ended()
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait()

    def _forget_ended(self) -> None:
        ended = [child for child in self._children if child.exit_code() is not None]
        for child in ended:
            self._tell_guardian("forget", child.pid)
        self._children = [child for child in self._children if child not in ended]

    def _tell_guardian(self, verb: str, group: int) -> None:
        if self._guardian.stdin is None:
            return
        # Without its guardian the platform still runs, and the kernel ends the children alone.
        with contextlib.suppress(BrokenPipeError):
            self._guardian.stdin.write(f"{verb} {group}\n".encode())
            self._guardian.stdin.flush()


def launch_command(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Return the command line that runs a program through `launch.py`, called by this process."""
    options = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "directory": None if directory is None else str(directory),
        "uid": None if account is None else account.uid,
        "gid": None if account is None else account.gid,
        "capabilities": [] if account is None else list(account.capabilities),
    }
    return [*PYTHON_SCRIPT, str(LAUNCHER), json.dumps(options), *command]


def describe_exit(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def attempts(timeout_seconds: float, *, every_seconds: float = 0.05) -> Iterator[None]:
    """Yield until the time is over, with a pause after each turn but no pause before the first."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(every_seconds)
