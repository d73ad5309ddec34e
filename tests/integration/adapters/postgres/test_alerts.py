"""Alerts on a real Postgres, where several processes raise and deliver them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from adapters.postgres.alert_book import PostgresAlertBook
from adapters.postgres.alert_deliveries import PostgresAlertDeliveries
from adapters.postgres.pools import create_pool
from tests.contracts.alerts import AlertsContract
from tests.support.servers import Database

TIME_PASSES = """
UPDATE alerts SET told_at = told_at - %(step)s, quiet_until = quiet_until - %(step)s;
UPDATE alert_deliveries SET told_at = told_at - %(step)s, next_try_at = next_try_at - %(step)s
"""


class TestPostgresAlerts(AlertsContract):
    @pytest.fixture(autouse=True)
    async def _open(self, database: Database) -> AsyncIterator[None]:
        self.database = database
        pool = create_pool(database.system_url, name="test", max_size=8)
        await pool.open()
        self.book = PostgresAlertBook(pool)
        self.deliveries = PostgresAlertDeliveries(pool)
        yield
        await pool.close()

    async def let_pass(self, step: timedelta) -> None:
        async with await psycopg.AsyncConnection.connect(
            self.database.superuser_url, autocommit=True, cursor_factory=psycopg.AsyncClientCursor
        ) as connection:
            await connection.execute(TIME_PASSES.encode(), {"step": step})


async def test_the_app_role_may_raise_alerts_too(database: Database) -> None:
    pool = create_pool(database.app_url, name="test", max_size=1)
    await pool.open()
    book = PostgresAlertBook(pool)

    changes = await book.recover(["a:b"])

    assert not changes
    await pool.close()


async def test_deliveries_are_forgotten_after_a_month(database: Database) -> None:
    pool = create_pool(database.system_url, name="test", max_size=1)
    await pool.open()
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO alert_deliveries (key, told_count, sender, severity, text, told_at)"
            " VALUES ('a:b', 1, 'webhook', 'urgent', '', now() - interval '31 days'),"
            " ('a:c', 1, 'webhook', 'urgent', '', now() - interval '29 days')"
        )

    forgotten = await PostgresAlertDeliveries(pool).forget()

    assert forgotten == 1
    await pool.close()
