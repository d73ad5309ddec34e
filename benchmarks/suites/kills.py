"""What each queue keeps of its tasks when its workers are killed."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure, Findings
from benchmarks.peers.ours import Ours, open_ours
from benchmarks.peers.peer import EFFORT_SECONDS, OpenPeer, Peer, PeerMissingError
from benchmarks.suite import Suite
from benchmarks.suites.peers import PEERS
from benchmarks.workshop import Workshop, kill
from cli.local_servers.children import Child

COUNT = 200
KILLED_AFTER = 40
"""So many tasks have left their mark when the workers are killed."""
PATIENCE_SECONDS = 90.0
_START_TIMEOUT_SECONDS = 60.0


@dataclass(slots=True)
class _Victim:
    """A queue whose workers were killed and started again."""

    peer: Peer
    marks: Path
    workers: Sequence[Child] = field(default_factory=tuple)
    restarted_at: float = 0.0

    def counted(self) -> Counter[int]:
        return Counter(map(int, self.marks.read_text().split()))

    def is_complete(self) -> bool:
        return len(self.counted()) == COUNT


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    notes: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campotech-marks-")))
        ours = stack.enter_context(open_ours(workshop))
        opened = [ours, *_open_all(stack, workshop, notes)]
        victims = [_Victim(peer, folder / peer.name) for peer in opened]
        for victim in victims:
            await _kill_at_work(stack, victim)
        await _wait_for_all(victims)
        figures = _figures_of_rows(ours)
        figures += [figure for victim in victims for figure in _figures(victim)]
    return Findings(figures=figures, notes=notes)


def _open_all(stack: ExitStack, workshop: Workshop, notes: list[str]) -> list[Peer]:
    opened = []
    openers: Iterable[tuple[str, OpenPeer]] = PEERS
    for name, open_peer in openers:
        try:
            opened.append(stack.enter_context(open_peer(workshop)))
        except PeerMissingError as error:
            notes.append(f"{name} was skipped: {error}")
    return opened


async def _kill_at_work(stack: ExitStack, victim: _Victim) -> None:
    victim.marks.touch()
    workers = victim.peer.start_workers()
    await victim.peer.enqueue_efforts(COUNT, victim.marks)
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while len(victim.counted()) < KILLED_AFTER:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{victim.peer.name} does not begin to work.")
        await asyncio.sleep(0.01)
    # Where many end together, the next ones are at work by then.
    await asyncio.sleep(EFFORT_SECONDS / 2)
    kill(workers)
    victim.workers = victim.peer.start_workers()
    victim.restarted_at = time.time()
    for worker in victim.workers:
        stack.callback(worker.stop, timeout_seconds=15)


async def _wait_for_all(victims: Sequence[_Victim]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(victim.is_complete() for victim in victims):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.5)
    # Whoever does a task once too often has the time to.
    await asyncio.sleep(5)


def _figures(victim: _Victim) -> list[Figure]:
    counted, name = victim.counted(), victim.peer.name
    figures = [
        Figure(name=f"{name}: tasks not run again", value=COUNT - len(counted)),
        Figure(name=f"{name}: tasks with more than one mark", value=_repeats(counted)),
    ]
    if victim.is_complete():
        late = victim.marks.stat().st_mtime - victim.restarted_at
        figures.append(Figure(name=f"{name}: all done, after the restart", value=late, unit="s"))
    return figures


def _figures_of_rows(ours: Ours) -> list[Figure]:
    counted = Counter(ours.rows())
    return [
        Figure(name="Ours: tasks without a row", value=COUNT - len(counted), below=1),
        Figure(name="Ours: tasks with more than one row", value=_repeats(counted), below=1),
    ]


def _repeats(counted: Counter[int]) -> int:
    return sum(count > 1 for count in counted.values())


SUITE = Suite(
    name="kills",
    title="What is kept when workers are killed",
    method=(
        f"{COUNT} tasks that take {EFFORT_SECONDS:g} s and then append their number to a file."
        f" A moment after {KILLED_AFTER} of them every worker process is ended by SIGKILL and"
        f" started again at once; what has not been done {PATIENCE_SECONDS:g} s after the last"
        f" restart counts as not run again. Nobody but the queue itself does anything about it,"
        f" and all have their defaults. A mark outside may come twice from any queue that loses"
        f" nothing; a row written in the transaction that completes the task may not."
    ),
    measure=measure,
    runs=1,
)
