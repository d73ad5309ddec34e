"""Operators see how full a pool is, and tell a full one from a lost database."""

import asyncio

from prometheus_client import REGISTRY

from adapters.postgres.pool_gauges import shown_pools
from adapters.postgres.pools import (
    DatabaseUnavailableError,
    Pool,
    connection_from,
    create_pool,
)
from tests.support.servers import Database
from tests.support.waiting import eventually_true

NOWHERE = "host=127.0.0.1 port=1"


def shown(name: str) -> dict[str, float | None]:
    connections = {
        state: REGISTRY.get_sample_value(
            "campotech_pool_connections", {"pool": name, "state": state}
        )
        for state in ("idle", "in_use", "unopened")
    }
    waiting = REGISTRY.get_sample_value("campotech_pool_waiting", {"pool": name})
    return {**connections, "waiting": waiting}


async def comes_to_show(name: str, **values: float) -> bool:
    async def is_shown() -> bool:
        return shown(name).items() >= values.items()

    return await eventually_true(is_shown)


async def borrow(pool: Pool) -> None:
    async with connection_from(pool):
        pass


async def test_a_pool_shows_what_its_connections_do_and_who_waits(database: Database) -> None:
    async with (
        create_pool(database.app_url, name="test", max_size=2) as pool,
        shown_pools({"full": pool}, every_seconds=0.01),
    ):
        await pool.wait()
        at_rest = await comes_to_show("full", idle=1, in_use=0, unopened=1, waiting=0)
        async with connection_from(pool), connection_from(pool):
            waiting = asyncio.create_task(borrow(pool))
            when_full = await comes_to_show("full", idle=0, in_use=2, unopened=0, waiting=1)
        await waiting

        afterwards = await comes_to_show("full", idle=2, in_use=0, unopened=0, waiting=0)

    assert at_rest
    assert when_full
    assert afterwards


async def test_a_pool_of_a_lost_database_shows_that_most_of_its_connections_are_not_open() -> None:
    pool = create_pool(NOWHERE, name="test", max_size=8, timeout_seconds=60)
    await pool.open()
    async with shown_pools({"lost": pool}, every_seconds=0.01):
        asking = [asyncio.create_task(borrow(pool)) for _ in range(3)]

        is_shown = await comes_to_show("lost", idle=0, waiting=3)
        unopened = shown("lost")["unopened"]
        await pool.close()

    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert is_shown
    assert unopened is not None
    assert unopened >= 6
    assert {type(end) for end in ends} == {DatabaseUnavailableError}
