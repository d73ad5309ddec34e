"""`python -m tests.support.task_worker --tier realtime`: a real worker with the tests' own types.

What a task leaves is a row that commits together with its completion.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.postgres.pools import Pool, connection_from, create_pool
from adapters.postgres.task_dispatch import mark_task_done
from adapters.postgres.transactions import tenant_transaction
from domain.errors import TemporaryError
from domain.operations.task_type import Tier
from tests.support.task_types import (
    CHORE,
    DEADLY,
    DEAF,
    HELD,
    IMPATIENT,
    LONG,
    NOTE,
    SLOW,
    TEST_TYPES,
)
from tests.support.waiting import eventually_true
from workers.main import run_worker
from workers.settings import WorkerSettings
from workers.task_run import Handlers, TaskRun


class TestHandlerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    database_url: SecretStr
    release_folder: Path


class Effects:
    """Notes that attempts were begun, and what they leave."""

    def __init__(self, pool: Pool, release_folder: Path) -> None:
        self._pool = pool
        self._release_folder = release_folder

    async def begin(self, run: TaskRun) -> None:
        async with connection_from(self._pool) as connection:
            await connection.execute(
                "INSERT INTO test_starts (task_id, pid) VALUES (%s, %s)", _row(run)
            )

    async def leave(self, run: TaskRun) -> None:
        async with tenant_transaction(self._pool, run.organization_id) as connection:
            await connection.execute(
                "INSERT INTO test_effects (task_id, pid) VALUES (%s, %s)", _row(run)
            )
            await mark_task_done(connection, run.context)

    async def note(self, run: TaskRun) -> None:
        await self.begin(run)
        await self.leave(run)

    async def hold(self, run: TaskRun) -> None:
        await self.begin(run)
        released = self._release_folder / str(run.payload["note"])

        async def is_released() -> bool:
            return await asyncio.to_thread(released.exists)

        await eventually_true(is_released, within_seconds=120)
        await self.leave(run)

    async def die(self, run: TaskRun) -> None:
        await self.begin(run)
        os.kill(os.getpid(), signal.SIGKILL)

    async def ignore(self, run: TaskRun) -> None:
        await self.begin(run)
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    async def dawdle(self, run: TaskRun) -> None:
        await self.begin(run)
        if run.context.task is not None and run.context.task.attempt == 1:
            await asyncio.Event().wait()
        await self.leave(run)

    async def fail(self, run: TaskRun) -> None:
        await self.begin(run)
        raise TemporaryError(f"Attempt {run.context.task and run.context.task.attempt} fails.")


def _row(run: TaskRun) -> tuple[object, int]:
    return (run.context.task and run.context.task.task_id, os.getpid())


@asynccontextmanager
async def open_handlers(settings: TestHandlerSettings) -> AsyncIterator[Handlers]:
    pool = create_pool(settings.database_url.get_secret_value(), name="test handlers", max_size=4)
    await pool.open()
    effects = Effects(pool, settings.release_folder)
    yield {
        NOTE.name: effects.note,
        CHORE.name: effects.note,
        LONG.name: effects.note,
        HELD.name: effects.hold,
        DEADLY.name: effects.die,
        IMPATIENT.name: effects.fail,
        DEAF.name: effects.ignore,
        SLOW.name: effects.dawdle,
    }
    await pool.close(timeout=1.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tier", type=Tier, default=Tier.REALTIME)
    run_worker(
        WorkerSettings(),
        parser.parse_args().tier,
        lambda: open_handlers(TestHandlerSettings()),
        types=TEST_TYPES,
    )


if __name__ == "__main__":
    main()
