"""A steady load of tasks, and the proof that none of them was lost or done twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.clock import Uuid7Source
from adapters.dispatch.handoff import TaskHandoff
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from domain.errors import TemporaryError
from domain.operations.task import ReadyTask
from domain.transactions import NewTask
from tests.support.builders import a_context, an_organization_id
from tests.support.clocks import new_id
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import NOTE, TEST_TYPES
from tests.support.waiting import eventually

GROUP = 10
_UNFINISHED = """
SELECT count(*) FROM task_keys WHERE task_id NOT IN (SELECT task_id FROM test_effects)
"""


class TaskLoad:
    """Dispatches as servers do, fast path included; a dispatch that fails was not promised."""

    def __init__(self, platform: TaskPlatform, pool: Pool, handoff: TaskHandoff) -> None:
        self._platform = platform
        self._pool = pool
        self._handoff = handoff
        self.promised: list[ReadyTask] = []

    async def keep_dispatching(self, per_second: float) -> None:
        while True:
            await asyncio.gather(self._dispatch_group(), asyncio.sleep(GROUP / per_second))

    async def _dispatch_group(self) -> None:
        organization_id = an_organization_id()
        tasks = [
            NewTask(type=NOTE.name, payload={"note": "x"}, idempotency_key=str(new_id()))
            for _ in range(GROUP)
        ]
        try:
            async with tenant_transaction(self._pool, organization_id) as connection:
                ready = await insert_tasks(
                    connection, a_context(organization_id), tasks, Uuid7Source(), types=TEST_TYPES
                )
        except TemporaryError:
            return
        self.promised.extend(ready)
        self._handoff.tasks_ready(ready)

    def is_done_once(self, *, within_seconds: float = 60) -> bool:
        """Wait until every task has left its effect; return whether all left exactly one."""
        execute = self._platform.execute
        eventually(lambda: execute(_UNFINISHED) == [(0,)], within_seconds=within_seconds)
        return self._platform.effects(self.promised) == [1] * len(self.promised)


@asynccontextmanager
async def task_load(platform: TaskPlatform, *, per_second: float = 100) -> AsyncIterator[TaskLoad]:
    """Yield a load that goes on until the block ends."""
    pool = create_pool(platform.database.app_url, name="test load", max_size=2)
    await pool.open()
    handoff = TaskHandoff(platform.broker_url)
    handoff.start()
    load = TaskLoad(platform, pool, handoff)
    dispatching = asyncio.create_task(load.keep_dispatching(per_second))
    try:
        yield load
    finally:
        dispatching.cancel()
        await asyncio.wait({dispatching})
        handoff.close()
        await pool.close()
