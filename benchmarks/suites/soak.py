"""Ten minutes of steady work: whether anything grows that should not."""

import asyncio
import itertools
import time
from collections.abc import Mapping

from adapters.dispatch.handoff import TaskHandoff
from adapters.postgres.pools import Pool
from benchmarks.figures import Figure, Findings
from benchmarks.noop_tasks import CHORE, LONG, NOOP
from benchmarks.process_times import resident_bytes
from benchmarks.suite import Suite
from benchmarks.task_platform import TaskPlatform, parts, task_platform
from benchmarks.workshop import Workshop
from domain.operations.task_type import Tier

MINUTES = 10
PER_SECOND = ((NOOP, 200), (CHORE, 85), (LONG, 15))
_GROUPS_PER_SECOND = 5
_SIZE = "SELECT pg_total_relation_size('tasks')"


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    with task_platform(workshop) as platform:
        workers = [platform.start_worker(tier) for tier in Tier]
        programs = parts(workshop, workers, platform.start_keeper())
        resident: dict[int, Mapping[str, int]] = {}
        sizes: dict[int, int] = {}
        dispatching = asyncio.create_task(_dispatch(platform, workshop))
        for minute in range(1, MINUTES + 1):
            await asyncio.sleep(60)
            resident[minute] = {
                name: sum(resident_bytes(child.pid) for child in children)
                for name, children in programs.items()
                if name != "Postgres"
            }
            ((size,),) = platform.database.rows(_SIZE)
            sizes[minute] = int(str(size))
            if dispatching.done():
                break
        dispatched = await dispatching
        await asyncio.to_thread(platform.wait_until_idle, within_seconds=60)
        ((finished,),) = platform.database.rows(
            "SELECT (SELECT count(*) FROM tasks WHERE state = 'done')"
            " + (SELECT count(*) FROM task_history WHERE state = 'done')"
        )
    return Findings(
        figures=[
            Figure(name="tasks dispatched", value=dispatched, unit=""),
            Figure(name="tasks not done", value=dispatched - int(str(finished)), below=1),
            *(
                Figure(
                    name=f"resident memory of {name}, growth from minute 3 to {MINUTES}",
                    value=(resident[MINUTES][name] / resident[3][name] - 1) * 100,
                    unit="%",
                    below=5,
                )
                for name in resident[3]
            ),
            Figure(
                name=f"table of tasks with indexes, minute {MINUTES} against minute 5",
                value=sizes[MINUTES] / sizes[5],
                below=1.0001,
            ),
            Figure(
                name=f"table of tasks, minute {MINUTES}", value=sizes[MINUTES] / 2**20, unit="MiB"
            ),
        ]
    )


async def _dispatch(platform: TaskPlatform, workshop: Workshop) -> int:
    """Dispatch and hand over as a server does, until the time is over; return how many."""
    handoff = TaskHandoff(workshop.valkey_url)
    handoff.start()
    began, dispatched = time.monotonic(), 0
    async with platform.app_pool(size=4) as pool:
        for turn in itertools.count(1):
            dispatched += await _dispatch_turn(platform, pool, handoff)
            until_next = began + turn / _GROUPS_PER_SECOND - time.monotonic()
            if turn >= MINUTES * 60 * _GROUPS_PER_SECOND:
                break
            await asyncio.sleep(max(0, until_next))
    handoff.close()
    return dispatched


async def _dispatch_turn(platform: TaskPlatform, pool: Pool, handoff: TaskHandoff) -> int:
    count = 0
    for kind, per_second in PER_SECOND:
        size = per_second // _GROUPS_PER_SECOND
        handoff.tasks_ready(await platform.dispatch(pool, kind, range(size)))
        count += size
    return count


SUITE = Suite(
    name="soak",
    title="Ten minutes of steady work",
    method=(
        f"{sum(rate for _, rate in PER_SECOND)} tasks a second of all tiers for {MINUTES} minutes,"
        f" with the default settings, one worker process a tier."
    ),
    measure=measure,
    runs=1,
    is_on_request=True,
)
