"""Lists of invoices, which are never dropped, read as many rows as their page holds."""

from datetime import timedelta

import psycopg
import pytest

from adapters.postgres.invoice_rows import COLUMNS
from adapters.postgres.invoice_store import PostgresInvoiceStore, page_query
from domain.identifiers import OrganizationId
from domain.invoicing.invoice import FiscalState
from domain.invoicing.ports import InvoiceFilter
from domain.pages import PageRequest
from tests.support.builders import a_context
from tests.support.clocks import MORNING, id_at
from tests.support.invoice_builders import an_invoice
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.query_plans import executed_scans
from tests.support.servers import Database

COPIES = 3000
PAGE = PageRequest(50)


@pytest.fixture
async def organization_id(database: Database) -> OrganizationId:
    """Return an organisation with years of invoices, beside another one."""
    async with open_transactions(database) as opener:
        tenants = Tenants(opener)
        organizations = [(await tenants.organization()).id for _ in range(2)]
        for organization_id in organizations:
            store = PostgresInvoiceStore(opener)
            async with store.transaction(a_context(organization_id)) as transaction:
                await transaction.add(an_invoice(organization_id))
    columns = COLUMNS.replace("created_at", "uuid_extract_timestamp(copy)", 1)
    columns = columns.replace(" id,", " copy,", 1).replace("job_id", "copy", 1)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO invoices ({COLUMNS}) SELECT {columns} FROM invoices,"
            " unnest(%s::uuid[]) AS copy".encode(),
            [[id_at(MORNING - timedelta(hours=age)) for age in range(COPIES)]],
        )
        connection.execute("ANALYZE invoices")
    return organizations[0]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(InvoiceFilter(), id="all"),
        pytest.param(
            InvoiceFilter(fiscal_states=frozenset({FiscalState.PENDING})), id="of one state"
        ),
        pytest.param(InvoiceFilter(until=MORNING - timedelta(days=60)), id="of long ago"),
    ],
)
async def test_a_page_reads_about_as_many_rows_as_it_shows(
    database: Database, organization_id: OrganizationId, wanted: InvoiceFilter
) -> None:
    scans = executed_scans(
        database,
        organization_id,
        page_query(wanted, PAGE),
        {
            "fiscal_states": sorted(wanted.fiscal_states),
            "until": id_at(wanted.until) if wanted.until else None,
            "limit": PAGE.size + 1,
        },
    )

    (scan,) = scans
    assert scan["Node Type"] == "Index Scan"
    assert "organization_id" in scan["Index Cond"]
    assert ("id <" in scan["Index Cond"]) == (wanted.until is not None)
    assert scan["Actual Rows"] <= PAGE.size + 1
    assert scan.get("Rows Removed by Filter", 0) == 0
