"""A pool comes back after any outage, however many asked it for a connection meanwhile."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.pools import (
    DatabaseUnavailableError,
    Pool,
    connection_from,
    create_pool,
    replace_connections,
)
from domain.deadline import set_end
from tests.support.servers import Database
from tests.support.stoppable_servers import StoppableServers, stoppable_servers
from tests.support.waiting import eventually_true

MORE_THAN_MAY_WAIT = 40
ASKING = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
FIND_ALL = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'campotech_app'
"""
END_ALL = f"SELECT pg_terminate_backend(pid) FROM ({FIND_ALL}) AS found"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[StoppableServers]:
    with stoppable_servers(tmp_path) as running:
        yield running


async def answers(pool: Pool) -> bool:
    try:
        async with connection_from(pool) as connection:
            await connection.execute("SELECT 1")
    except DatabaseUnavailableError:
        return False
    return True


async def test_a_pool_that_gave_up_connecting_while_many_waited_comes_back(
    servers: StoppableServers,
) -> None:
    with servers.database() as database:
        servers.stop_postgres()
        pool = create_pool(
            database.app_url,
            name="test",
            max_size=2,
            timeout_seconds=0.2,
            reconnect_seconds=0.5,
        )
        await pool.open()

        async def has_given_up_with_a_full_queue() -> bool:
            await asyncio.gather(*(answers(pool) for _ in range(MORE_THAN_MAY_WAIT)))
            stats = pool.get_stats()
            return stats["connections_errors"] > 5 and stats["requests_waiting"] == 32

        assert await eventually_true(has_given_up_with_a_full_queue, within_seconds=30)
        servers.start_postgres()

        assert await eventually_true(lambda: answers(pool), within_seconds=15)
        await pool.close()


@pytest.mark.direct
async def test_nobody_is_lent_a_connection_that_died_while_it_was_idle(database: Database) -> None:
    async with create_pool(database.app_url, name="test", min_size=4, max_size=4) as pool:
        await pool.wait()

        with psycopg.connect(database.superuser_url) as superuser:
            ended = superuser.execute(END_ALL).rowcount
        assert await eventually_true(lambda: have_ended(database))
        is_answered = [await answers(pool) for _ in range(ended + 1)]

    assert ended == 4
    assert all(is_answered)


def sessions(database: Database) -> list[int]:
    with psycopg.connect(database.superuser_url) as superuser:
        return [int(row[0]) for row in superuser.execute(FIND_ALL).fetchall()]


@contextmanager
def frozen(pids: Sequence[int]) -> Iterator[None]:
    """Let some of the server's processes stand still, as on a machine that says nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def have_ended(database: Database) -> bool:
    with psycopg.connect(database.superuser_url) as superuser:
        return superuser.execute(FIND_ALL).rowcount == 0


async def test_silence_ends_a_connection_of_a_pool(database: Database) -> None:
    async with (
        create_pool(database.app_url, name="test", max_size=1) as pool,
        connection_from(pool) as connection,
    ):
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            silence = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            is_kept_alive = line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            asked = [line.getsockopt(socket.IPPROTO_TCP, option) for option in ASKING]

    assert silence == 10_000
    assert is_kept_alive
    assert asked == [4, 2, 3]


@pytest.mark.direct
async def test_connections_that_never_answer_are_replaced_without_waiting_for_them(
    database: Database,
) -> None:
    async with create_pool(database.app_url, name="test", min_size=2, max_size=2) as pool:
        await pool.wait()
        silent = sessions(database)
        with frozen(silent):
            replacing = asyncio.create_task(replace_connections(pool))
            is_replaced, _ = await asyncio.wait({replacing}, timeout=5)
            is_answered = await asyncio.gather(*(answers(pool) for _ in silent))
        await replacing

    assert len(silent) == 2
    assert is_replaced
    assert all(is_answered)


@pytest.fixture
async def single(database: Database) -> AsyncIterator[Pool]:
    """Yield a pool of one connection for which anybody waits a minute."""
    pool = create_pool(database.app_url, name="test", max_size=1, timeout_seconds=60)
    await pool.open()
    yield pool
    await pool.close()


async def test_whoever_works_against_a_deadline_is_told_in_time_that_no_connection_is_free(
    single: Pool,
) -> None:
    async with connection_from(single), asyncio.timeout(5) as deadline:
        set_end(time.monotonic() + 0.4)

        is_answered = await answers(single)

    assert not is_answered
    assert not deadline.expired()


async def test_after_the_deadline_nobody_waits_at_all(single: Pool) -> None:
    async with connection_from(single), asyncio.timeout(5) as deadline:
        set_end(time.monotonic() - 1)

        is_answered = await answers(single)

    assert not is_answered
    assert not deadline.expired()


async def test_a_connection_that_comes_free_in_time_is_lent_to_whoever_waits(single: Pool) -> None:
    async with connection_from(single):
        set_end(time.monotonic() + 60)
        waiting = asyncio.create_task(answers(single))
        await asyncio.sleep(0)

    assert await waiting
