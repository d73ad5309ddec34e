"""The list of conversations reads what it shows and no more, as the app role sees it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.postgres.conversation_rows import PAGE
from domain.identifiers import OrganizationId
from tests.support.clocks import id_at
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.query_plans import executed_scans
from tests.support.servers import Database

CUSTOMERS = 12_000
WEEKS = 6
PAGE_SIZE = 50
# A partition of so few rows is read as a whole: this week's, on a Monday.
A_FEW_PAGES = 400
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
FILL_CUSTOMERS = """
INSERT INTO customers (organization_id, id, created_at, display_name, phone_number, email,
  condicion_iva_receptor, version, updated_at)
SELECT %s, id, uuid_extract_timestamp(id), 'Ana', '+549', '', 'CONSUMIDOR_FINAL', 1, now()
FROM unnest(%s::uuid[]) AS id
"""
FILL_MESSAGES = """
INSERT INTO whatsapp_messages (organization_id, id, created_at, customer_id, direction, kind, state,
  body, phone_number, version, updated_at)
SELECT %s, id, uuid_extract_timestamp(id), customer_id, 'INBOUND', 'TEXT', 'SENT', 'x', '+549', 1,
  now()
FROM unnest(%s::uuid[], %s::uuid[]) AS filled (id, customer_id)
"""
FILL_CONVERSATIONS = """
INSERT INTO whatsapp_conversations
SELECT organization_id, customer_id, created_at, id, created_at, 1, 1, now() FROM whatsapp_messages
"""


@pytest.fixture
async def busy(database: Database) -> OrganizationId:
    """Return an organisation with thousands of conversations, begun over many weeks."""
    now = datetime.now(UTC)
    organization_id = OrganizationId(id_at(now - timedelta(days=600)))
    async with open_transactions(database) as opener:
        await Tenants(opener).organization(id=organization_id)
    moments = [now - timedelta(weeks=WEEKS) * number / CUSTOMERS for number in range(CUSTOMERS)]
    ids = [id_at(moment) for moment in moments]
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for back in range(WEEKS + 1):
            moment = now - timedelta(weeks=back)
            connection.execute("SELECT make_partition('whatsapp_messages', %s)", [moment])
        connection.execute(FILL_CUSTOMERS, [organization_id, ids])
        connection.execute(FILL_MESSAGES, [organization_id, ids, ids])
        connection.execute(FILL_CONVERSATIONS)
        connection.execute("ANALYZE customers, whatsapp_messages, whatsapp_conversations")
    return organization_id


async def test_a_page_reads_its_own_rows_by_their_indexes(
    database: Database, busy: OrganizationId
) -> None:
    bound = {"after": LAST_ID, "limit": PAGE_SIZE + 1}

    scans = executed_scans(database, busy, PAGE, bound)

    (conversations,) = (scan for scan in scans if scan["Relation Name"] == "whatsapp_conversations")
    assert conversations["Index Name"] == "whatsapp_conversations_newest"
    assert conversations["Actual Rows"] <= PAGE_SIZE + 1
    messages = [scan for scan in scans if scan["Relation Name"].startswith("whatsapp_messages_")]
    assert all(scan.get("Rows Removed by Filter", 0) < A_FEW_PAGES for scan in messages)
    assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in messages) <= PAGE_SIZE + 1
    assert len(messages) <= 2
