"""Our own worker with handlers that do nothing: `python -m benchmarks.noop_worker`."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import IO

from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.task_dispatch import mark_task_done
from adapters.postgres.transactions import tenant_transaction
from adapters.settings import AdapterSettings
from benchmarks.noop_tasks import BENCH_TYPES, CHORE, EFFORT, LONG, LONG_SECONDS, NOOP
from benchmarks.peers.peer import EFFORT_SECONDS
from domain.operations.task_type import Tier
from workers.main import run_worker
from workers.settings import WorkerSettings
from workers.task_run import Handlers, TaskRun


async def do_nothing(_: TaskRun) -> None:
    """Be done."""


async def take_long(_: TaskRun) -> None:
    await asyncio.sleep(LONG_SECONDS)


class Starts:
    """Notes in a file when each task's handler started, by the clock that all processes share."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    async def note(self, run: TaskRun) -> None:
        self._file.write(f"{run.payload['number']} {time.time_ns()}\n")
        self._file.flush()


class Efforts:
    """Takes its time, then leaves a mark outside and a row in the completing transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def make(self, run: TaskRun) -> None:
        await asyncio.sleep(EFFORT_SECONDS)
        number = run.payload["number"]
        await asyncio.to_thread(_append, Path(str(run.payload["marks"])), f"{number}\n")
        async with tenant_transaction(self._pool, run.organization_id) as connection:
            await connection.execute("INSERT INTO bench_rows (number) VALUES (%s)", [number])
            await mark_task_done(connection, run.context)


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line)


@asynccontextmanager
async def open_handlers(starts: Path | None) -> AsyncIterator[Handlers]:
    url = AdapterSettings().database_url.get_secret_value()
    pool = create_pool(url, name="benchmark handlers", min_size=0, max_size=4)
    await pool.open()
    with starts.open("a") if starts else nullcontext() as file:
        yield {
            NOOP.name: Starts(file).note if file else do_nothing,
            CHORE.name: do_nothing,
            LONG.name: take_long,
            EFFORT.name: Efforts(pool).make,
        }
    await pool.close(timeout=1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", type=Tier, choices=list(Tier), default=Tier.REALTIME)
    parser.add_argument("--starts", type=Path, help="where to note when each task started")
    arguments = parser.parse_args()
    run_worker(
        WorkerSettings(),
        arguments.tier,
        lambda: open_handlers(arguments.starts),
        types=BENCH_TYPES,
    )


if __name__ == "__main__":
    main()
