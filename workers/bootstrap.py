"""Composition root of the workers: which handler runs which type of task, on which adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.settings import AdapterSettings
from adapters.wiring import Adapters, PoolSizes, open_adapters
from workers.task_run import Handlers

POOL_SIZES = PoolSizes(app=3, system=1)


@asynccontextmanager
async def open_handlers(settings: AdapterSettings, *, process: str) -> AsyncIterator[Handlers]:
    """Yield the handlers of every type this build can run."""
    async with open_adapters(settings, process=process, pool_sizes=POOL_SIZES) as adapters:
        yield build_handlers(adapters)


def build_handlers(adapters: Adapters) -> Handlers:
    """Return each type's handler; a type that is missing waits, parked, for a build that has it."""
    return {}
