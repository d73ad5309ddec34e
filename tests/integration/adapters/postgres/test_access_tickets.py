"""The ticket store on a real Postgres, and what only a real one can show."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.access_tickets import PostgresAccessTickets
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.reads import read_rows
from adapters.postgres.sealed_values import KeyRing
from tests.contracts.access_ticket_store import SCOPE, TICKET, AccessTicketStoreContract
from tests.support.builders import an_organization_id
from tests.support.servers import Database

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    pool = create_pool(database.app_url, name="test", max_size=2)
    await pool.open()
    yield pool
    await pool.close()


class TestPostgresAccessTickets(AccessTicketStoreContract):
    @pytest.fixture(autouse=True)
    def _open_store(self, pool: Pool, database: Database) -> None:
        self.pool = pool
        self.database = database
        self.store = PostgresAccessTickets(pool, KeyRing({"2026": NEW_KEY}))

    async def test_a_ticket_is_stored_sealed_and_names_its_key(self) -> None:
        await self.store.finish_login(await self.lease(), TICKET)

        with psycopg.connect(self.database.superuser_url) as connection:
            row = connection.execute("SELECT sealed_ticket FROM access_tickets").fetchone()

        assert row is not None
        assert bytes(row[0]).startswith(b"2026:")
        assert b"token" not in bytes(row[0])

    async def test_a_ticket_sealed_with_an_older_key_still_opens(self) -> None:
        older = PostgresAccessTickets(self.pool, KeyRing({"2025": OLD_KEY}))
        await older.finish_login(await self.lease(), TICKET)

        rotated = PostgresAccessTickets(self.pool, KeyRing({"2026": NEW_KEY, "2025": OLD_KEY}))

        assert await rotated.ticket(SCOPE) == TICKET

    async def test_a_ticket_whose_key_is_gone_is_no_ticket(self) -> None:
        older = PostgresAccessTickets(self.pool, KeyRing({"2025": OLD_KEY}))
        await older.finish_login(await self.lease(), TICKET)

        assert await self.store.ticket(SCOPE) is None

    async def test_no_tenant_sees_the_platforms_tickets(self) -> None:
        await self.store.finish_login(await self.lease(), TICKET)

        rows = await read_rows(
            self.pool, an_organization_id(), "SELECT certificate FROM access_tickets", {}
        )

        assert rows == []
