import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import psycopg
import pytest

from adapters.postgres.health_probe import DatabaseProbe
from domain.health.status import Status
from tests.support.servers import Database


async def a_healthy_look(probe: DatabaseProbe) -> None:
    """Look until the answer is there: a busy machine may connect more slowly than a look waits."""
    async with asyncio.timeout(20):
        while await probe.look() is not Status.HEALTHY:
            pass


@asynccontextmanager
async def a_probe(conninfo: str, **particular: float) -> AsyncIterator[DatabaseProbe]:
    probe = DatabaseProbe(conninfo, **particular)
    try:
        yield probe
    finally:
        await probe.close()


def sessions_of_the_probe(database: Database) -> list[int]:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'campotech health'"
        ).fetchall()
    return [int(row[0]) for row in rows]


@contextmanager
def frozen(database: Database) -> Iterator[None]:
    """Let the probe's server process stand still, as all would on a frozen machine."""
    (pid,) = sessions_of_the_probe(database)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_database_that_answers_is_healthy(database: Database) -> None:
    async with a_probe(database.app_url) as probe:
        assert await probe.look() is Status.HEALTHY


async def test_every_look_uses_the_same_connection(database: Database) -> None:
    async with a_probe(database.app_url) as probe:
        await a_healthy_look(probe)
        first = sessions_of_the_probe(database)

        await a_healthy_look(probe)

        assert sessions_of_the_probe(database) == first


async def test_where_nothing_listens_the_database_is_offline() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        conninfo = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/any"
        async with a_probe(conninfo) as probe:
            assert await probe.look() is Status.OFFLINE


@pytest.mark.direct
async def test_the_pause_ends_at_once_when_the_connection_does(database: Database) -> None:
    async with a_probe(database.app_url) as probe:
        await a_healthy_look(probe)
        pausing = asyncio.create_task(probe.pause(30))
        await asyncio.sleep(0)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            for pid in sessions_of_the_probe(database):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])

        async with asyncio.timeout(5):
            await pausing

        await a_healthy_look(probe)


async def test_a_frozen_database_is_slow_first_and_then_offline(database: Database) -> None:
    async with a_probe(database.app_url, timeout_seconds=0.05) as probe:
        await a_healthy_look(probe)
        with frozen(database):
            began_at = time.monotonic()
            seen = [await probe.look() for _ in range(3)]
            took = time.monotonic() - began_at

    assert seen == [Status.DEGRADED, Status.OFFLINE, Status.OFFLINE]
    assert took < 1


async def test_a_database_that_thaws_is_healthy_again_without_a_new_connection(
    database: Database,
) -> None:
    async with a_probe(database.app_url, timeout_seconds=0.05) as probe:
        await a_healthy_look(probe)
        before = sessions_of_the_probe(database)
        with frozen(database):
            await probe.look()

        await probe.pause(10)

        assert await probe.look() is Status.HEALTHY
        assert sessions_of_the_probe(database) == before


async def test_an_answer_that_never_comes_is_given_up_for_a_new_connection(
    database: Database,
) -> None:
    async with a_probe(database.app_url, timeout_seconds=0.05, give_up_seconds=0.1) as probe:
        await a_healthy_look(probe)
        with frozen(database):
            await a_healthy_look(probe)

            assert len(sessions_of_the_probe(database)) == 2
