"""The ticket store on a real Postgres, and what only a real one can show."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.access_tickets import PostgresAccessTickets
from adapters.postgres.housekeeping import PostgresHousekeeping
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.reads import read_rows
from adapters.postgres.sealed_values import KeyRing
from domain.invoicing.access_ticket import TicketScope
from tests.contracts.access_ticket_store import SCOPE, TICKET, AccessTicketStoreContract
from tests.support.builders import an_organization_id
from tests.support.servers import Database
from tests.support.waiting import eventually

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

    async def test_only_what_expired_and_was_not_used_for_long_is_forgotten(self) -> None:
        scopes = [TicketScope(certificate=name, service="wsfe") for name in ("old", "used", "good")]
        for scope in scopes:
            await self.store.begin_login(scope, lease_seconds=60)
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            for scope, age, lasts in (
                (scopes[0], "8 days", "-7 days"),
                (scopes[1], "6 days", "-5 days"),
                (scopes[2], "8 days", "1 hour"),
            ):
                connection.execute(
                    "UPDATE access_tickets SET updated_at = now() - %s::interval,"
                    " expires_at = now() + %s::interval WHERE certificate = %s",
                    [age, lasts, scope.certificate],
                )

        forgotten = await self._forget_old()

        assert forgotten == 1
        assert self._certificates() == ["good", "used"]

    async def test_a_login_that_begins_meanwhile_keeps_its_row(self) -> None:
        await self.store.begin_login(SCOPE, lease_seconds=60)
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            connection.execute("UPDATE access_tickets SET updated_at = now() - interval '8 days'")
        with psycopg.connect(self.database.superuser_url) as login:
            login.execute("UPDATE access_tickets SET updated_at = now()")
            forgetting = asyncio.create_task(self._forget_old())
            assert await asyncio.to_thread(eventually, self._is_waited_for)
            login.commit()

            forgotten = await forgetting

        assert forgotten == 0
        assert self._certificates() == [SCOPE.certificate]

    async def test_who_forgets_tickets_cannot_read_them(self) -> None:
        with (
            psycopg.connect(self.database.system_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT sealed_ticket FROM access_tickets")

    async def _forget_old(self) -> int:
        async with create_pool(self.database.system_url, name="test", max_size=1) as pool:
            return await PostgresHousekeeping(pool).delete_old_access_tickets(10)

    def _certificates(self) -> list[str]:
        with psycopg.connect(self.database.superuser_url) as connection:
            rows = connection.execute("SELECT certificate FROM access_tickets ORDER BY 1")
            return [str(row[0]) for row in rows]

    def _is_waited_for(self) -> bool:
        with psycopg.connect(self.database.superuser_url) as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database())"
            ).fetchone()
        return row == (True,)

    async def test_no_tenant_sees_the_platforms_tickets(self) -> None:
        await self.store.finish_login(await self.lease(), TICKET)

        rows = await read_rows(
            self.pool, an_organization_id(), "SELECT certificate FROM access_tickets", {}
        )

        assert rows == []
