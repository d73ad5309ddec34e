"""Our own queue for a suite: a fresh ledger, workers and a keeper, and tasks to run."""

import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from adapters.clock import Uuid7Source
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from benchmarks.noop_tasks import BENCH_TYPES
from benchmarks.workshop import Database, Workshop
from cli.local_servers.children import Child
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.identifiers import OrganizationId
from domain.operations.task import ReadyTask
from domain.operations.task_type import TaskType, Tier
from domain.transactions import NewTask

GROUP = 500
_UNFINISHED = """
SELECT EXISTS (SELECT FROM tasks WHERE state = 'ready' AND pushed_at IS NULL)
  OR EXISTS (SELECT FROM tasks WHERE state = 'ready' AND pushed_at IS NOT NULL)
  OR EXISTS (SELECT FROM tasks WHERE state = 'running')
"""
_SPAN = """
SELECT count(*), EXTRACT(EPOCH FROM max(finished_at) - min(started_at))::float8
FROM (
  SELECT type, state, started_at, finished_at, created_at FROM tasks
  UNION ALL SELECT type, state, started_at, finished_at, created_at FROM task_history) AS task
WHERE state = 'done' AND started_at >= %s
"""


class TaskPlatform:
    """Workers and keepers as processes, on one database."""

    def __init__(self, workshop: Workshop, database: Database) -> None:
        self.database = database
        self._workshop = workshop
        self._ids = Uuid7Source()
        self._started: list[Child] = []

    def start_worker(
        self, tier: Tier, *, concurrency: int | None = None, starts: Path | None = None
    ) -> Child:
        """Start a worker that has, unless another is wanted, its tier's own concurrency."""
        arguments = ["--tier", tier.value]
        if starts is not None:
            arguments += ["--starts", str(starts)]
        settings = {"CAMPOTECH_TASK_CONCURRENCY": str(concurrency)} if concurrency else {}
        return self._start("benchmarks.noop_worker", *arguments, settings=settings)

    def start_keeper(self) -> Child:
        return self._start("workers.keeper", settings={})

    def stop(self) -> None:
        for child in reversed(self._started):
            child.stop(timeout_seconds=15)

    def _start(self, module: str, *arguments: str, settings: Mapping[str, str]) -> Child:
        child = self._workshop.start(
            module,
            [sys.executable, "-m", module, *arguments],
            environment={
                "CAMPOTECH_DATABASE_URL": self.database.app_url,
                "CAMPOTECH_DATABASE_SYSTEM_URL": self.database.system_url,
                "CAMPOTECH_REDIS_URL": self._workshop.valkey_url,
                "CAMPOTECH_METRICS_PORT": "0",
                **settings,
            },
        )
        self._started.append(child)
        return child

    @asynccontextmanager
    async def app_pool(self, *, size: int = 1) -> AsyncIterator[Pool]:
        """Yield connections as a server has them."""
        pool = create_pool(self.database.app_url, name="benchmark", max_size=size)
        await pool.open(wait=True)
        try:
            yield pool
        finally:
            await pool.close()

    async def dispatch(
        self, pool: Pool, kind: TaskType, numbers: Iterable[int], **payload: str
    ) -> list[ReadyTask]:
        """Dispatch tasks in one transaction of one organisation, as a command does."""
        organization_id = OrganizationId(self._ids.new_id())
        context = CommandContext(
            organization_id=organization_id, actor=PLATFORM_ACTOR, correlation_id="benchmark"
        )
        tasks = [
            NewTask(
                type=kind.name,
                payload={"number": number, **payload},
                idempotency_key=str(self._ids.new_id()),
            )
            for number in numbers
        ]
        async with tenant_transaction(pool, organization_id) as connection:
            return await insert_tasks(connection, context, tasks, self._ids, types=BENCH_TYPES)

    async def lay_out(self, kind: TaskType, count: int) -> None:
        """Put many tasks into the ledger, which then knows its table's size."""
        async with self.app_pool() as pool:
            for first in range(0, count, GROUP):
                await self.dispatch(pool, kind, range(first, min(first + GROUP, count)))
        self.database.rows("VACUUM ANALYZE tasks")

    def now(self) -> object:
        ((moment,),) = self.database.rows("SELECT clock_timestamp()")
        return moment

    def wait_until_idle(self, *, within_seconds: float) -> None:
        """Wait until nothing is ready or running; raise TimeoutError."""
        deadline = time.monotonic() + within_seconds
        while self.database.rows(_UNFINISHED) != [(False,)]:
            if time.monotonic() > deadline:
                raise TimeoutError("The tasks were not done in time.")
            time.sleep(0.1)

    def waiting(self, tier: Tier) -> int:
        """Return how many tasks of a tier are ready."""
        query = "SELECT count(*) FROM tasks WHERE tier = %s AND state = 'ready'"
        ((count,),) = self.database.rows(query, tier.value)
        return int(str(count))

    def span_since(self, moment: object) -> tuple[int, float]:
        """Return how many tasks were begun and done since then, and from first to last how long."""
        ((count, seconds),) = self.database.rows(_SPAN, moment)
        return int(str(count)), float(str(seconds))


@contextmanager
def task_platform(workshop: Workshop) -> Iterator[TaskPlatform]:
    """Yield a platform on a fresh database; its processes end with it."""
    with workshop.database() as database:
        database.rows("UPDATE cron_entries SET is_enabled = false")
        platform = TaskPlatform(workshop, database)
        try:
            yield platform
        finally:
            platform.stop()


def parts(
    workshop: Workshop, workers: Sequence[Child], keeper: Child
) -> Mapping[str, Sequence[Child]]:
    """Return the programs among which our own queue divides its work."""
    return {
        "workers": workers,
        "Postgres": [workshop.postgres],
        "Valkey": [workshop.valkey],
        "keeper": [keeper],
    }
