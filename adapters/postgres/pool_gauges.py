"""How full the pools of connections are, for Prometheus.

Looked at once a second and not whenever somebody takes a connection: every call would pay for it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from prometheus_client import Gauge

from adapters.postgres.pools import Pool

EVERY_SECONDS = 1.0
CONNECTIONS = Gauge(
    "campotech_pool_connections",
    "Connections to the database that this program may have, by what they are.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "campotech_pool_waiting",
    "How many wait for a connection to the database.",
    ["pool"],
    multiprocess_mode="livesum",
)


@asynccontextmanager
async def shown_pools(
    pools: Mapping[str, Pool], *, every_seconds: float = EVERY_SECONDS
) -> AsyncIterator[None]:
    """Show the pools, under these names, until the block ends."""
    showing = asyncio.create_task(_keep_showing(pools, every_seconds))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait({showing})


async def _keep_showing(pools: Mapping[str, Pool], every_seconds: float) -> None:
    while True:
        for name, pool in pools.items():
            _show(name, pool.get_stats())
        await asyncio.sleep(every_seconds)


def _show(name: str, stats: Mapping[str, int]) -> None:
    idle = stats["pool_available"]
    states = {
        "idle": idle,
        "in_use": stats["pool_size"] - idle,
        "unopened": stats["pool_max"] - stats["pool_size"],
    }
    for state, connections in states.items():
        CONNECTIONS.labels(name, state).set(connections)
    WAITING.labels(name).set(stats["requests_waiting"])
