"""How fast a peer does tasks that do nothing."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.peer import Peer
from benchmarks.workshop import CpuMeter, Workshop, frozen

WARM_UP = 200
_CHECKED = 10
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    per_second: float
    cpu_microseconds: Mapping[str, float]
    """Per task, by program."""


async def measure_throughput(workshop: Workshop, peer: Peer, count: int) -> Throughput:
    """Lay tasks out before frozen workers, let these run, and take the time until all are done."""
    workers = peer.start_workers()
    try:
        await _check_that_tasks_run(peer)
        await peer.enqueue_noops(WARM_UP)
        await _wait_until_done(peer, within_seconds=60)
        with frozen(workers):
            await peer.enqueue_noops(count)
            meter = CpuMeter(
                {
                    "workers": workers,
                    "Postgres": [workshop.postgres],
                    "Valkey": [workshop.valkey],
                }
            )
            began = time.monotonic()
        await _wait_until_done(peer, within_seconds=300)
        seconds = time.monotonic() - began
        cpu = meter.used()
    finally:
        for worker in workers:
            worker.stop(timeout_seconds=15)
    return Throughput(
        per_second=count / seconds,
        cpu_microseconds={name: used / count * 1e6 for name, used in cpu.items()},
    )


async def _check_that_tasks_run(peer: Peer) -> None:
    """Wait for the marks of some tasks: those that fail are soon gone too."""
    with tempfile.TemporaryDirectory(prefix="campotech-marks-") as folder:
        marks = Path(folder) / "marks"
        marks.touch()
        await peer.enqueue_efforts(_CHECKED, marks)
        deadline = time.monotonic() + 60
        while len(_words(marks)) < _CHECKED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{peer.name} does not run its tasks.")
            await asyncio.sleep(0.1)


def _words(path: Path) -> list[str]:
    return path.read_text().split()


async def _wait_until_done(peer: Peer, *, within_seconds: float) -> None:
    deadline = time.monotonic() + within_seconds
    while peer.noops_left():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{peer.name} did not finish in time.")
        await asyncio.sleep(_POLL_SECONDS)
