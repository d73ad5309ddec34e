"""How long a realtime task waits for its handler, idle and beside a backlog of batch tasks."""

import asyncio
import random
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from adapters.dispatch.handoff import TaskHandoff
from adapters.postgres.pools import Pool
from benchmarks.figures import Figure, Findings, percentile
from benchmarks.noop_tasks import LONG, LONG_SECONDS, NOOP
from benchmarks.suite import Suite
from benchmarks.task_platform import TaskPlatform, task_platform
from benchmarks.workshop import Workshop
from domain.operations.task_type import Tier

PER_SECOND = 25
COUNT = 750
BACKLOG = 100_000
_WARM_UP = 20
_SHARES = (0.50, 0.95, 0.99)


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    with tempfile.TemporaryDirectory(prefix="campotech-starts-") as folder:
        starts = Path(folder) / "starts"
        starts.touch()
        with task_platform(workshop) as platform:
            platform.start_keeper()
            platform.start_worker(Tier.REALTIME, starts=starts)
            await _warm_up(platform)
            idle = await _waits(platform, workshop, starts)
            await platform.lay_out(LONG, BACKLOG)
            platform.start_worker(Tier.BATCH)
            await _warm_up(platform)
            beside = await _waits(platform, workshop, starts)
            left = platform.waiting(Tier.BATCH)
    return Findings(
        figures=[
            *_figures("idle", idle, {0.95: 50}),
            *_figures("beside the backlog", beside, {0.99: 250}),
            Figure(name="batch tasks still waiting at the end", value=left),
        ]
    )


def _figures(when: str, waits: Sequence[float], bars: dict[float, float]) -> list[Figure]:
    return [
        Figure(
            name=f"{when}: p{share * 100:.0f}",
            value=percentile(waits, share) * 1000,
            unit="ms",
            below=bars.get(share),
        )
        for share in _SHARES
    ]


async def _warm_up(platform: TaskPlatform) -> None:
    """Wait until the worker has begun to work, so that its start is not measured."""
    await platform.lay_out(NOOP, _WARM_UP)
    deadline = time.monotonic() + 60
    while platform.waiting(Tier.REALTIME):
        if time.monotonic() > deadline:
            raise TimeoutError("The worker does not begin to work.")
        await asyncio.sleep(0.1)


async def _waits(platform: TaskPlatform, workshop: Workshop, starts: Path) -> list[float]:
    """Dispatch as a server does, at random moments; return the seconds from commit to handler."""
    handoff = TaskHandoff(workshop.valkey_url)
    handoff.start()
    committed: dict[int, int] = {}
    async with platform.app_pool(size=4) as pool:

        async def dispatch(number: int) -> None:
            committed[number] = await _dispatch(platform, pool, handoff, number)

        first = time.time_ns()
        calls = []
        for number in range(first, first + COUNT):
            calls.append(asyncio.create_task(dispatch(number)))
            await asyncio.sleep(random.expovariate(PER_SECOND))  # no secret
        await asyncio.gather(*calls)
    started = await _starts(starts, committed.keys())
    handoff.close()
    return [(started[number] - moment) / 1e9 for number, moment in committed.items()]


async def _dispatch(platform: TaskPlatform, pool: Pool, handoff: TaskHandoff, number: int) -> int:
    """Dispatch one task; return when it was committed."""
    ready = await platform.dispatch(pool, NOOP, [number])
    committed_at = time.time_ns()
    handoff.tasks_ready(ready)
    return committed_at


async def _starts(path: Path, wanted: Collection[int]) -> dict[int, int]:
    """Wait until all have started; return when each did so first."""
    deadline = time.monotonic() + 60
    while not (found := _read(path)).keys() >= set(wanted):
        if time.monotonic() > deadline:
            raise TimeoutError("Some realtime tasks did not start.")
        await asyncio.sleep(0.1)
    return found


def _read(path: Path) -> dict[int, int]:
    found: dict[int, int] = {}
    for line in path.read_text().splitlines():
        number, moment = line.split()
        found.setdefault(int(number), int(moment))
    return found


SUITE = Suite(
    name="waits",
    title="How long realtime tasks wait",
    method=(
        f"{COUNT} tasks at random moments, {PER_SECOND} a second on average, dispatched and handed"
        f" over as a server does; from the return of the commit to the first line of the handler,"
        f" one worker process with its default concurrency. Then the same while {BACKLOG:,} batch"
        f" tasks wait, each of which takes {LONG_SECONDS:g} s of a batch worker."
    ),
    measure=measure,
)
