"""Real workers and keepers on a test's own database and broker, and what can be seen of them."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from adapters.clock import Uuid7Source
from adapters.dispatch.broker_queues import BrokerQueues
from adapters.postgres.pools import create_pool
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from cli.local_servers.children import Child, Children
from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import TaskType, Tier
from domain.transactions import NewTask
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import new_id
from tests.support.servers import Database
from tests.support.task_types import NOTE, TEST_TYPES
from tests.support.waiting import eventually

_TABLES = """
CREATE TABLE test_starts (task_id uuid, pid integer, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE test_effects (task_id uuid, pid integer, at timestamptz DEFAULT clock_timestamp());
GRANT SELECT, INSERT ON test_starts, test_effects TO campotech_app;
UPDATE cron_entries SET is_enabled = false;
"""
QUICK = {
    "CAMPOTECH_TASK_LEASE_SECONDS": "1",
    "CAMPOTECH_TASK_RENEWAL_SECONDS": "0.3",
    "CAMPOTECH_TASK_RELAY_SECONDS": "0.05",
    "CAMPOTECH_TASK_REAP_SECONDS": "0.1",
    "CAMPOTECH_TASK_SWEEP_SECONDS": "0.2",
}
"""Settings for tests that need not show how long the real ones take."""


class TaskPlatform:
    """One ledger, one broker, and as many processes as a test starts; without the cron."""

    def __init__(
        self, database: Database, broker_url: str, folder: Path, *, children: Children
    ) -> None:
        self.database = database
        self.broker_url = broker_url
        self._folder = folder
        self._children = children
        self._started = 0
        self._settings: dict[str, str] = {}
        self.execute(_TABLES)

    def use(self, settings: dict[str, str]) -> None:
        """Give what is started from now on these settings."""
        self._settings.update(settings)

    def start_worker(self, tier: Tier = Tier.REALTIME) -> Child:
        return self._start("tests.support.task_worker", "--tier", tier.value)

    def start_worker_as_deployed(self, tier: Tier) -> Child:
        """Start a worker with the platform's own types of tasks."""
        return self._start("workers", "--tier", tier.value)

    def start_keeper(self) -> Child:
        return self._start("workers.keeper")

    def _start(self, module: str, *arguments: str) -> Child:
        self._started += 1
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path.cwd()),
            "CAMPOTECH_DATABASE_URL": self.database.app_url,
            "CAMPOTECH_DATABASE_SYSTEM_URL": self.database.system_url,
            "CAMPOTECH_BROKER_URL": self.broker_url,
            # Only the platform's own handlers have another use of it.
            "CAMPOTECH_REDIS_URL": self.broker_url,
            "CAMPOTECH_METRICS_PORT": "0",
            "CAMPOTECH_RELEASE_FOLDER": str(self._folder),
            **self._settings,
        }
        return self._children.start(
            f"{module}-{self._started}",
            [sys.executable, "-m", module, *arguments],
            environment=environment,
        )

    async def dispatch(
        self, kind: TaskType = NOTE, count: int = 1, *, note: str = "note"
    ) -> list[ReadyTask]:
        """Dispatch tasks as commands do; nobody hands them to the broker."""
        organization_id = an_organization_id()
        pool = create_pool(self.database.app_url, name="test", max_size=1)
        await pool.open()
        tasks = [
            NewTask(type=kind.name, payload={"note": note}, idempotency_key=str(new_id()))
            for _ in range(count)
        ]
        async with tenant_transaction(pool, organization_id) as connection:
            ready = await insert_tasks(
                connection, a_context(organization_id), tasks, Uuid7Source(), types=TEST_TYPES
            )
        await pool.close()
        return ready

    async def push(self, tasks: Sequence[ReadyTask]) -> None:
        """Put messages for tasks into the broker, whatever the ledger thinks of it."""
        queues = BrokerQueues(self.broker_url)
        await queues.push([TaskToPush(task, is_alone=False) for task in tasks])
        await queues.close()

    def release(self, note: str) -> None:
        """Let held tasks with this note go on."""
        (self._folder / note).touch()

    def execute(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run SQL as superuser; return the rows."""
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def starts(self, tasks: Sequence[ReadyTask]) -> int:
        """Return how many attempts at these tasks were begun."""
        return self._count("test_starts", tasks)

    def effects(self, tasks: Sequence[ReadyTask]) -> list[int]:
        """Return how many effects each of these tasks left."""
        rows = self.execute(
            "SELECT count(test_effects) FROM unnest(%s::uuid[]) AS wanted (task_id)"
            " LEFT JOIN test_effects USING (task_id) GROUP BY task_id",
            [task.task_id for task in tasks],
        )
        return [int(row[0]) for row in rows]

    def have_effect_once(self, tasks: Sequence[ReadyTask], *, within_seconds: float = 20) -> bool:
        """Wait until every task has left its effect; return whether each left exactly one."""
        eventually(lambda: min(self.effects(tasks)) > 0, within_seconds=within_seconds)
        return self.effects(tasks) == [1] * len(tasks)

    def are_running(self, tasks: Sequence[ReadyTask], *, within_seconds: float = 20) -> bool:
        """Wait until an attempt at each of these tasks was begun."""
        return eventually(lambda: self.starts(tasks) >= len(tasks), within_seconds=within_seconds)

    def ledger(self, task: ReadyTask, column: str) -> Any:
        """Return a column of a task's row."""
        ((value,),) = self.execute(
            f"SELECT {column} FROM tasks WHERE id = %s",
            task.task_id,  # columns are named by tests
        )
        return value

    def history(self, task: ReadyTask, column: str) -> Any:
        """Return a column of a task's row, whether it has moved to the history or not."""
        ((value,),) = self.execute(
            f"SELECT {column} FROM tasks WHERE id = %s"
            f" UNION ALL SELECT {column} FROM task_history WHERE id = %s",
            task.task_id,
            task.task_id,
        )
        return value

    def _count(self, table: str, tasks: Sequence[ReadyTask]) -> int:
        ((count,),) = self.execute(
            f"SELECT count(*) FROM {table} WHERE task_id = ANY(%s)",  # tables are named above
            [task.task_id for task in tasks],
        )
        return int(count)


@contextmanager
def task_platform(database: Database, broker_url: str, folder: Path) -> Iterator[TaskPlatform]:
    """Yield a platform whose processes end with the block."""
    with Children(folder / "logs") as children:
        yield TaskPlatform(database, broker_url, folder, children=children)
