"""The reads people open touch only the partitions that can hold what they want.

Shown as the app role, since row-level security keeps conditions that are not leakproof away from
an index.
"""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.postgres.job_rows import COLUMNS
from adapters.postgres.job_store import ONE_JOB, PostgresJobStore
from adapters.postgres.listing import page_query, windows
from domain.identifiers import JobId, OrganizationId
from domain.jobs.job_state import JobState
from domain.jobs.ports import JobFilter
from domain.pages import PageRequest
from tests.support.clocks import id_at
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.query_plans import executed_scans
from tests.support.servers import Database

MONTHS = 14
JOBS_A_MONTH = 400
NOW = datetime.now(UTC)
LAST_MONTH_OF_JOBS = "jobs_" + (NOW.replace(day=1)).strftime("%Y_%m_01")


def months() -> list[datetime]:
    return [NOW - timedelta(days=30 * back) for back in range(MONTHS)]


@pytest.fixture
async def history(database: Database) -> tuple[OrganizationId, list[JobId]]:
    """Fill a year of jobs of one organisation; return it with one job of each month."""
    organization_id = OrganizationId(id_at(NOW - timedelta(days=600)))
    async with open_transactions(database) as opener:
        tenants = Tenants(opener)
        await tenants.organization(id=organization_id)
        customer = await tenants.customer(organization_id)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for moment in months():
            connection.execute("SELECT make_partition('jobs', %s)", [moment])
            ids = [id_at(moment - timedelta(seconds=number)) for number in range(JOBS_A_MONTH)]
            connection.execute("SELECT make_partition('jobs', %s)", [moment])
            connection.execute(
                "SELECT make_partition('jobs', %s)", [moment - timedelta(seconds=JOBS_A_MONTH)]
            )
            connection.execute(
                f"INSERT INTO jobs ({COLUMNS}) SELECT %s, id, uuid_extract_timestamp(id),"
                " row_number() OVER (), 'PENDING', %s, NULL, 'x', 'x', 'x', 'x', '', NULL, NULL,"
                " NULL, NULL, 100, 'ARS', '', NULL, NULL, NULL, NULL, NULL, NULL, '', 1, now(),"
                " '[]', '[]', '[]'"
                " FROM unnest(%s::uuid[]) AS id".encode(),
                [organization_id, customer.id, ids],
            )
        connection.execute("ANALYZE jobs")
    return organization_id, [JobId(id_at(moment)) for moment in months()]


async def test_a_job_is_read_from_one_partition_by_its_index(
    database: Database, history: tuple[OrganizationId, list[JobId]]
) -> None:
    organization_id, (_, _, job_id, *_) = history

    (scan,) = executed_scans(database, organization_id, ONE_JOB, {"id": job_id})

    assert scan["Node Type"].startswith("Index")
    assert "organization_id = " in scan["Index Cond"]
    assert "id = " in scan["Index Cond"]


@pytest.mark.parametrize(
    "condition", ["", " AND state = ANY(%(states)s)"], ids=["any state", "by state"]
)
async def test_the_first_page_of_a_list_reads_no_partition_outside_its_bounds(
    database: Database, history: tuple[OrganizationId, list[JobId]], condition: str
) -> None:
    organization_id, _ = history
    page = PageRequest(size=50)
    start, end = next(windows(organization_id, page=page, since=None, until=None))

    scans = executed_scans(
        database,
        organization_id,
        page_query(f"SELECT {COLUMNS} FROM jobs", condition, page),
        {
            "window_start": start,
            "window_end": end,
            "limit": page.size + 1,
            "states": [JobState.PENDING.value],
        },
    )

    allowed = {
        "jobs_" + moment.strftime("%Y_%m_01") for moment in (start, start + timedelta(16), end)
    }
    assert {scan["Relation Name"] for scan in scans} <= allowed
    assert all("organization_id = " in scan.get("Index Cond", "") for scan in scans)


async def test_a_list_steps_back_through_its_windows_to_the_oldest_job(
    database: Database, history: tuple[OrganizationId, list[JobId]]
) -> None:
    organization_id, _ = history

    async with open_transactions(database) as opener:
        store, page, seen = PostgresJobStore(opener), PageRequest(size=200), 0
        while True:
            found = await store.list(organization_id, JobFilter(), page)
            seen += len(found.items)
            if found.next_after is None:
                break
            page = PageRequest(size=200, after=found.next_after)

    assert seen == MONTHS * JOBS_A_MONTH
