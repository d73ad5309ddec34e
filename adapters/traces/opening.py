"""Opens the way of traces to their collector, where the settings name one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.traces.ports import Traces

FLUSH_SECONDS = 1.0
"""How long a process that ends goes on handing over what it has."""


@asynccontextmanager
async def open_traces(
    endpoint: str | None, *, sample_ratio: float, process: str
) -> AsyncIterator[Traces | None]:
    """Yield traces that go to a collector over OTLP; None without one, and nothing is imported."""
    if endpoint is None:
        yield None
        return
    from adapters.traces.export import Export  # noqa: PLC0415  # only who wants traces pays for it

    export = Export(endpoint, sample_ratio=sample_ratio, process=process)
    try:
        yield export.traces
    finally:
        await asyncio.to_thread(export.close, within_seconds=FLUSH_SECONDS)
