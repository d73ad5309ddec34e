"""A peer that is a program of its own, which works or enqueues as its arguments say."""

import asyncio
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.peer import EFFORT_SECONDS
from benchmarks.workshop import Workshop
from cli.local_servers.children import Child

_ENQUEUE_TIMEOUT_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPeer:
    """A peer by its command lines, and by what counts the tasks it has not done."""

    name: str
    workshop: Workshop
    work: Sequence[str]
    enqueue: Sequence[str]
    environment: Mapping[str, str]
    processes: int
    left: Callable[[], int]
    directory: Path | None = None

    def start_workers(self) -> Sequence[Child]:
        return [
            self.workshop.start(
                self.name.lower(),
                self.work,
                environment=self.environment,
                directory=self.directory,
            )
            for _ in range(self.processes)
        ]

    async def enqueue_noops(self, count: int) -> None:
        await asyncio.to_thread(self._enqueue, "noop", count)

    def noops_left(self) -> int:
        return self.left()

    async def enqueue_efforts(self, count: int, marks: Path) -> None:
        arguments = ("effort", count, str(EFFORT_SECONDS), str(marks))
        await asyncio.to_thread(self._enqueue, *arguments)

    def _enqueue(self, kind: str, count: int, *arguments: str) -> None:
        subprocess.run(  # noqa: S603  # the peer's program, with arguments of ours
            [*self.enqueue, kind, str(count), *arguments],
            cwd=self.directory,
            env={"PATH": "/usr/bin:/bin", **self.environment},
            check=True,
            capture_output=True,
            timeout=_ENQUEUE_TIMEOUT_SECONDS,
        )
