"""How many tasks a second are dispatched durably, one by one and many at a time."""

import asyncio
import time

from benchmarks.figures import Figure, Findings
from benchmarks.noop_tasks import NOOP
from benchmarks.suite import Suite
from benchmarks.task_platform import TaskPlatform, task_platform
from benchmarks.workshop import Workshop

CALLERS = 8
SINGLES = 4_000
BULK = 500
BULKS = 60


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    with task_platform(workshop) as platform:
        one_after_another = await _per_second(platform, callers=1, transactions=SINGLES // 4)
        one_by_one = await _per_second(platform, callers=CALLERS, transactions=SINGLES)
        in_bulk = await _per_second(platform, callers=1, transactions=BULKS, size=BULK)
    return Findings(
        figures=[
            Figure(name="one task a transaction, 1 caller", value=one_after_another, unit="/s"),
            Figure(name=f"one task a transaction, {CALLERS} callers", value=one_by_one, unit="/s"),
            Figure(name=f"{BULK} tasks a transaction, 1 caller", value=in_bulk, unit="/s"),
        ]
    )


async def _per_second(
    platform: TaskPlatform, *, callers: int, transactions: int, size: int = 1
) -> float:
    async with platform.app_pool(size=callers) as pool:

        async def call() -> None:
            for _ in range(transactions // callers):
                await platform.dispatch(pool, NOOP, range(size))

        began = time.monotonic()
        await asyncio.gather(*(call() for _ in range(callers)))
        return transactions * size / (time.monotonic() - began)


SUITE = Suite(
    name="dispatch",
    title="Durable dispatch",
    method=(
        "What a command does to have work done: idempotency key and task in the command's own"
        " transaction as the app role, row-level security on, committed with synchronous_commit"
        " and fsync on. The callers are coroutines of one process with a connection each."
    ),
    measure=measure,
)
