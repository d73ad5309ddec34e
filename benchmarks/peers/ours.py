"""Our own queue behind the same few calls, for suites that treat all queues alike."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.noop_tasks import EFFORT, NOOP
from benchmarks.task_platform import TaskPlatform, task_platform
from benchmarks.workshop import Workshop
from cli.local_servers.children import Child
from domain.operations.task_type import Tier

_ROWS = """
CREATE TABLE bench_rows (number integer);
GRANT INSERT ON bench_rows TO campotech_app
"""


class Ours:
    """A keeper, and two workers with the realtime tier's own concurrency."""

    name = "Ours"

    def __init__(self, platform: TaskPlatform) -> None:
        self._platform = platform

    def start_workers(self) -> Sequence[Child]:
        return [self._platform.start_worker(Tier.REALTIME) for _ in range(2)]

    async def enqueue_noops(self, count: int) -> None:
        await self._platform.lay_out(NOOP, count)

    def noops_left(self) -> int:
        return self._platform.waiting(Tier.REALTIME)

    async def enqueue_efforts(self, count: int, marks: Path) -> None:
        async with self._platform.app_pool() as pool:
            await self._platform.dispatch(pool, EFFORT, range(count), marks=str(marks))

    def rows(self) -> list[int]:
        """Return the numbers that the tasks' completing transactions wrote."""
        return [int(str(row[0])) for row in self._platform.database.rows("TABLE bench_rows")]


@contextmanager
def open_ours(workshop: Workshop) -> Iterator[Ours]:
    with task_platform(workshop) as platform:
        platform.database.rows(_ROWS)
        platform.start_keeper()
        yield Ours(platform)
