"""What a suite asks of another queue: workers as its manual has them, tasks, and what is left."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from benchmarks.workshop import Workshop
from cli.local_servers.children import Child


class PeerMissingError(Exception):
    """A peer cannot be measured here; says what is not there."""


class Peer(Protocol):
    """A queue that is running on the workshop's servers."""

    @property
    def name(self) -> str: ...

    def start_workers(self) -> Sequence[Child]:
        """Start as many processes as there are cores, otherwise as its manual has it."""
        ...

    async def enqueue_noops(self, count: int) -> None:
        """Put in tasks that do nothing."""
        ...

    def noops_left(self) -> int:
        """Return how many of them are not done."""
        ...

    async def enqueue_efforts(self, count: int, marks: Path) -> None:
        """Put in tasks that take EFFORT_SECONDS and write their number to `marks` at the end."""
        ...


class OpenPeer(Protocol):
    """Makes a peer ready; raises PeerMissingError."""

    def __call__(self, workshop: Workshop) -> AbstractContextManager[Peer]: ...


EFFORT_SECONDS = 0.2
"""Long enough that a kill finds tasks at work, and short enough to be an ordinary call."""
