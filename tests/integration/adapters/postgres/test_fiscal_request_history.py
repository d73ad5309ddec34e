"""When ARCA was asked, over all organisations, as far as the system role may know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from adapters.postgres.connection_store import PostgresConnectionStore
from adapters.postgres.fiscal_request_history import FiscalRequestHistory
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.pools import create_pool
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing
from adapters.postgres.transactions import TransactionOpener
from domain.connections.arca_certificate import PrivateKey
from domain.connections.arca_connection import ArcaConnection
from tests.support.builders import a_context
from tests.support.clocks import MORNING, StoppedClock
from tests.support.connection_builders import an_arca_connection
from tests.support.invoice_builders import TODAY, an_invoice
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

PLATFORM_KEY = "platform"


async def ask_arca(database: Database, times: int, *, own: ArcaConnection | None = None) -> None:
    """Store so many requests, each of an organisation of its own, or of one with a certificate."""
    async with open_transactions(database) as opener:
        for _ in range(times):
            organization = await Tenants(opener).organization()
            if own is not None:
                await connect(opener, replace(own, organization_id=organization.id))
            invoice = an_invoice(organization.id)
            request = invoice.submit(1, TODAY, at=MORNING).authorization_request()
            store = PostgresInvoiceStore(opener)
            async with store.transaction(a_context(organization.id)) as transaction:
                await transaction.add(invoice)
                await transaction.record_request(invoice.id, request)


async def connect(opener: TransactionOpener, connection: ArcaConnection) -> None:
    store = PostgresConnectionStore(opener, SealedColumns(KeyRing({"test": b"k" * 32})))
    async with store.transaction(a_context(connection.organization_id)) as transaction:
        await transaction.save_arca(connection, PrivateKey("pem"))


async def newest(
    database: Database, since: datetime, limit: int, *, key: str = PLATFORM_KEY
) -> Sequence[datetime]:
    pool = create_pool(database.system_url, name="test", max_size=1)
    await pool.open()
    try:
        return await FiscalRequestHistory(pool).newest_calls(since, limit, keys=(key,))
    finally:
        await pool.close()


async def test_requests_of_all_organisations_are_known_the_newest_first(
    database: Database,
) -> None:
    await ask_arca(database, 3)

    times = await newest(database, MORNING, 10)

    assert len(times) == 3
    assert list(times) == sorted(times, reverse=True)


async def test_no_more_is_read_than_is_wanted(database: Database) -> None:
    await ask_arca(database, 3)

    assert len(await newest(database, MORNING, 2)) == 2
    assert not await newest(database, StoppedClock().now() + timedelta(days=36500), 10)


async def test_a_certificate_of_an_organisation_is_counted_for_itself(database: Database) -> None:
    own = an_arca_connection()
    await ask_arca(database, 2)
    await ask_arca(database, 1, own=own)

    of_platform = await newest(database, MORNING, 10)
    of_own = await newest(database, MORNING, 10, key=own.certificate.call_key)

    assert (len(of_platform), len(of_own)) == (2, 1)


async def test_a_certificate_that_was_never_used_is_not_held_to_the_platforms_calls(
    database: Database,
) -> None:
    await ask_arca(database, 2)
    async with open_transactions(database) as opener:
        own = an_arca_connection((await Tenants(opener).organization()).id)
        await connect(opener, own)

    assert not await newest(database, MORNING, 10, key=own.certificate.call_key)


async def test_the_system_role_learns_when_and_nothing_else(database: Database) -> None:
    await ask_arca(database, 1)

    with (
        psycopg.connect(database.system_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT request FROM fiscal_requests")
