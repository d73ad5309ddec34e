"""A million transactions of two tenants take turns on one connection: none sees the other's rows.

Nothing but the policies keeps them apart here: no statement names an organisation.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
import pytest
import uvloop

from adapters.postgres.pools import DatabaseUnavailableError, Pool, connection_from, create_pool
from adapters.postgres.reads import read_rows
from adapters.postgres.transactions import tenant_transaction
from db.roles import APP
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database, DatabaseServer

TRANSACTIONS = 1_000_000
CALLERS_OF_A_TENANT = 2
AT_ONCE = 0.02
"""How often all callers want the connection at the same time; else one or the other does."""
CUSTOMERS = 3
EVERY_CUSTOMER = "SELECT organization_id FROM customers"
TOUCH_EVERY_CUSTOMER = "UPDATE customers SET updated_at = now() RETURNING organization_id"
MOST_TURNS_BEFORE_A_CANCELLATION = 4
SEED = 20_261_122

Rows = Sequence[tuple[object, ...]]


class ChangedMindError(Exception):
    """What ends a block whose transaction must not be committed."""


class Caller:
    """Someone of one tenant; what they saw is counted, and what they should not have seen kept."""

    def __init__(self, pool: Pool, tenant: UUID, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.foreign: list[str] = []
        self._pool = pool
        self._tenant = tenant
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
        weighted: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._read, 94),
            (self._fail_to_read, 2),
            (self._write, 1),
            (self._change_mind, 1),
            (self._read_as_nobody, 1.5),
            (self._cancel, 0.49),
            (self._lose_the_connection, 0.01),
        ]
        self._transactions = [kind for kind, _ in weighted]
        self._weights = [weight for _, weight in weighted]

    async def transact(self) -> None:
        (transaction,) = self._random.choices(self._transactions, self._weights)
        # Another caller may have lost the connection that all of them wait for.
        with suppress(DatabaseUnavailableError):
            await transaction()
        self.counts[transaction.__name__] += 1

    async def _read(self) -> None:
        self._look_at(await read_rows(self._pool, self._tenant, EVERY_CUSTOMER, {}))

    async def _fail_to_read(self) -> None:
        with suppress(psycopg.errors.DivisionByZero):
            await read_rows(self._pool, self._tenant, f"{EVERY_CUSTOMER} WHERE 1 / 0 = 1", {})
            self.foreign.append("a division by zero went unnoticed")

    async def _write(self) -> None:
        async with tenant_transaction(self._pool, self._tenant) as connection:
            touched = await connection.execute(TOUCH_EVERY_CUSTOMER)
            self._look_at(await touched.fetchall())

    async def _change_mind(self) -> None:
        with suppress(ChangedMindError):
            async with tenant_transaction(self._pool, self._tenant) as connection:
                touched = await connection.execute(TOUCH_EVERY_CUSTOMER)
                self._look_at(await touched.fetchall())
                raise ChangedMindError

    async def _read_as_nobody(self) -> None:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(EVERY_CUSTOMER)
            self.foreign += [f"nobody saw {row}" for row in await cursor.fetchall()]

    async def _cancel(self) -> None:
        write = asyncio.create_task(self._write())
        for _ in range(self._random.randint(0, MOST_TURNS_BEFORE_A_CANCELLATION)):
            await asyncio.sleep(0)
        write.cancel()
        with suppress(asyncio.CancelledError):
            await write

    async def _lose_the_connection(self) -> None:
        async with tenant_transaction(self._pool, self._tenant) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def _look_at(self, rows: Rows) -> None:
        if len(rows) != CUSTOMERS or any(row[0] != self._tenant for row in rows):
            self.foreign.append(f"{self._tenant} saw {rows}")


@pytest.fixture(scope="session", autouse=True)
def modest() -> None:
    """Let this process and its servers take what others leave: those measure recovery times."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.nice(19)


async def two_tenants(database: Database) -> list[UUID]:
    async with open_transactions(database) as opener:
        tenants = Tenants(opener)
        organizations = [await tenants.organization() for _ in range(2)]
        for organization in organizations:
            for _ in range(CUSTOMERS):
                await tenants.customer(organization.id)
        return [organization.id for organization in organizations]


@asynccontextmanager
async def one_connection(url: str) -> AsyncIterator[Pool]:
    pool = create_pool(url, name="test", max_size=1, timeout_seconds=60)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def callers_after_their_work(database: Database, url: str) -> list[Caller]:
    tenants = await two_tenants(database) * CALLERS_OF_A_TENANT
    async with one_connection(url) as pool:
        callers = [Caller(pool, tenant, SEED + n) for n, tenant in enumerate(tenants)]
        await take_turns(callers, random.Random(SEED))  # noqa: S311 -- to be repeated
    return callers


async def take_turns(callers: Sequence[Caller], chance: random.Random) -> None:
    done = 0
    while done < TRANSACTIONS:
        if chance.random() < AT_ONCE and TRANSACTIONS - done >= len(callers):
            await asyncio.gather(*(caller.transact() for caller in callers))
            done += len(callers)
        else:
            await chance.choice(callers).transact()
            done += 1


def test_no_transaction_of_a_million_on_one_connection_sees_rows_of_another_tenant(
    database: Database, postgres_server: DatabaseServer
) -> None:
    # Of Postgres itself, also where others pass through PgBouncer: it is surely one session then.
    url = postgres_server.postgres.url(APP, database=database.name)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        callers = runner.run(callers_after_their_work(database, url))

    counts = sum((caller.counts for caller in callers), Counter[str]())
    assert [sight for caller in callers for sight in caller.foreign] == []
    assert counts.total() == TRANSACTIONS
    assert len(counts) == 7
