"""Keeping programs running: each is started, watched, restarted with a backoff, and stopped."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cli.local_servers.children import Child, describe_exit
from cli.local_servers.errors import LocalServerError, StartError

WATCH_SECONDS = 0.1
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 10.0
# A program that ran this long had recovered: its next death starts the backoff anew.
STEADY_SECONDS = 30.0
LOG_ROTATION_SECONDS = 10.0


class EventKind(StrEnum):
    READY = "ready"
    DIED = "died"
    RESTARTED = "restarted"
    FAILED_TO_RESTART = "failed to restart"
    STOPPED = "stopped"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a program, for whoever watches the terminal."""

    program: str
    kind: EventKind
    detail: str = ""
    seconds: float = 0.0


Report = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How one program is started.

    `prepare` and `wait_until_ready` block and run in a thread; `start` must not, because the
    kernel ends a child with the thread that started it.
    """

    name: str
    start: Callable[[], Child]
    prepare: Callable[[], None] = lambda: None
    wait_until_ready: Callable[[Child], None] = Child.require_running
    stop_timeout_seconds: float = 10.0


class ManagedProcess:
    """One program that is kept running until it is stopped."""

    def __init__(self, program: Program, report: Report) -> None:
        self.name = program.name
        self._program = program
        self._report = report
        self._child: Child | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._backoff_seconds = FIRST_BACKOFF_SECONDS
        self._is_ready = False
        self._became_ready = asyncio.Condition()

    @property
    def pid(self) -> int:
        """Return the pid of the running program; raise StartError while there is none."""
        if self._child is None:
            raise StartError(f"{self.name} is not running.")
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.exit_code() is None

    def children(self) -> list[int]:
        """Return the pids of the program's own children, the oldest first."""
        return sorted(_children_of(self.pid))

    def kill(self) -> None:
        """Kill the program without a word; it is restarted like one that died by itself."""
        self._send(signal.SIGKILL)

    def suspend(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    async def start(self) -> None:
        """Start the program and wait until it is ready; raise LocalServerError."""
        began = time.monotonic()
        await self._start()
        self._tell(EventKind.READY, seconds=time.monotonic() - began)

    async def stop(self) -> None:
        """End the program and keep it ended until `start` is called."""
        if self._recovery is not None:
            self._recovery.cancel()
            # What it was about to report, nobody waits for any more.
            with contextlib.suppress(asyncio.CancelledError, LocalServerError):
                await self._recovery
            self._recovery = None
        self._is_ready = False
        child, self._child = self._child, None
        if child is None or child.exit_code() is not None:
            return
        timeout = self._program.stop_timeout_seconds
        by_itself = await asyncio.to_thread(child.stop, timeout_seconds=timeout)
        self._tell(EventKind.STOPPED if by_itself else EventKind.KILLED)

    async def wait_for_restart(self, *, after: int, timeout_seconds: float = 120.0) -> None:
        """Wait until the program is ready again under another pid than `after`."""
        async with asyncio.timeout(timeout_seconds), self._became_ready:
            await self._became_ready.wait_for(lambda: self._is_ready and self.pid != after)

    def check(self) -> None:
        """Notice a death, and begin to recover from it."""
        child = self._child
        if child is None or not self._is_ready or self._recovery is not None:
            return
        code = child.exit_code()
        if code is not None:
            self._tell(EventKind.DIED, f"{describe_exit(code)}; log: {child.log_path}")
            if time.monotonic() - child.started_at > STEADY_SECONDS:
                self._backoff_seconds = FIRST_BACKOFF_SECONDS
            self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(self._backoff_seconds)
            self._backoff_seconds = min(self._backoff_seconds * 2, LONGEST_BACKOFF_SECONDS)
            began = time.monotonic()
            try:
                await self._start()
            except LocalServerError as error:
                self._tell(EventKind.FAILED_TO_RESTART, str(error))
                continue
            break
        self._recovery = None
        self._tell(EventKind.RESTARTED, seconds=time.monotonic() - began)

    async def _start(self) -> None:
        self._is_ready = False
        await asyncio.to_thread(self._program.prepare)
        child = self._child = self._program.start()
        await asyncio.to_thread(self._program.wait_until_ready, child)
        async with self._became_ready:
            self._is_ready = True
            self._became_ready.notify_all()

    def _send(self, wanted: signal.Signals) -> None:
        if self._child is not None:
            self._child.send(wanted)

    def _tell(self, kind: EventKind, detail: str = "", *, seconds: float = 0.0) -> None:
        self._report(Event(program=self.name, kind=kind, detail=detail, seconds=seconds))


async def watch(processes: Sequence[ManagedProcess], rotate_logs: Callable[[], None]) -> None:
    """Restart what dies, until cancelled."""
    rotated_at = time.monotonic()
    while True:
        for process in processes:
            process.check()
        if time.monotonic() - rotated_at > LOG_ROTATION_SECONDS:
            await asyncio.to_thread(rotate_logs)
            rotated_at = time.monotonic()
        await asyncio.sleep(WATCH_SECONDS)


def _children_of(parent: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; the fields begin after it.
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                yield int(process.name)
