"""The reads people open touch only the partitions that can hold what they want.

Shown as the app role, since row-level security keeps conditions that are not leakproof away from
an index.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.postgres.job_rows import COLUMNS
from adapters.postgres.job_store import (
    ONE_JOB,
    OVERLAPPING_JOB,
    PostgresJobStore,
    list_conditions,
)
from adapters.postgres.listing import page_query, windows
from domain.identifiers import CustomerId, JobId, MemberId, OrganizationId
from domain.jobs.job_state import JobState
from domain.jobs.ports import JobFilter
from domain.jobs.schedule import VISIT_WITHOUT_END
from domain.pages import PageRequest
from tests.support.clocks import id_at
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.query_plans import executed_scans
from tests.support.servers import Database

MONTHS = 14
JOBS_A_MONTH = 400
NOW = datetime.now(UTC)
_STATE = (
    "CASE WHEN row_number() OVER () %% 100 = 0 THEN 'ASSIGNED'"
    " WHEN row_number() OVER () %% 10 = 0 THEN 'COMPLETED' ELSE 'PENDING' END"
)
_TECHNICIAN = "CASE WHEN row_number() OVER () %% 10 = 0 THEN %s::uuid END"


def months() -> list[datetime]:
    return [NOW - timedelta(days=30 * back) for back in range(MONTHS)]


@dataclass(frozen=True, slots=True)
class History:
    """A year of jobs of one organisation."""

    organization_id: OrganizationId
    customer_id: CustomerId
    technician_id: MemberId
    """Who has every tenth of them; most are done, and a tenth of those are open."""
    job_ids: list[JobId]
    """One of each month."""


@pytest.fixture
async def history(database: Database) -> History:
    """Fill a year of jobs."""
    organization_id = OrganizationId(id_at(NOW - timedelta(days=600)))
    async with open_transactions(database) as opener:
        tenants = Tenants(opener)
        await tenants.organization(id=organization_id)
        customer = await tenants.customer(organization_id)
        technician = await tenants.member(organization_id)
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
                f" row_number() OVER (), {_STATE}, %s, {_TECHNICIAN}, 'x', 'x', 'x', 'x', '',"
                " NULL, NULL, uuid_extract_timestamp(id) + interval '1 day', NULL,"
                " 100, 'ARS', '', NULL, NULL, NULL, NULL, NULL, NULL, '', 1, now(),"
                " NULL, NULL, NULL, NULL"
                " FROM unnest(%s::uuid[]) AS id".encode(),
                [organization_id, customer.id, technician.id, ids],
            )
        connection.execute("ANALYZE jobs")
    return History(
        organization_id,
        customer.id,
        technician.id,
        [JobId(id_at(moment)) for moment in months()],
    )


def partitions_between(start: datetime, end: datetime) -> set[str]:
    days = (end - start).days + 1
    return {"jobs_" + (start + timedelta(day)).strftime("%Y_%m_01") for day in range(days + 1)}


async def test_a_job_is_read_from_one_partition_by_its_index(
    database: Database, history: History
) -> None:
    job_id = history.job_ids[2]

    (scan,) = executed_scans(database, history.organization_id, ONE_JOB, {"id": job_id})

    assert scan["Node Type"].startswith("Index")
    assert "organization_id = " in scan["Index Cond"]
    assert "id = " in scan["Index Cond"]


SOME_STATES = frozenset({JobState.PENDING, JobState.ASSIGNED})


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        pytest.param((), "organization_id = ", id="all"),
        pytest.param(("states",), "organization_id = ", id="by state"),
        pytest.param(("technician_id",), "technician_id = ", id="by technician"),
        pytest.param(("technician_id", "states"), "technician_id = ", id="by both"),
        pytest.param(("customer_id",), "organization_id = ", id="by customer"),
    ],
)
async def test_the_first_page_of_a_list_reads_no_partition_outside_its_bounds(
    database: Database, history: History, filters: tuple[str, ...], condition: str
) -> None:
    page = PageRequest(size=20)
    wanted = JobFilter(
        states=SOME_STATES if "states" in filters else frozenset(),
        technician_id=history.technician_id if "technician_id" in filters else None,
        customer_id=history.customer_id if "customer_id" in filters else None,
    )
    conditions, parameters = list_conditions(wanted)
    start, end = next(windows(history.organization_id, page=page, since=None, until=None))

    scans = executed_scans(
        database,
        history.organization_id,
        page_query(f"SELECT {COLUMNS} FROM jobs", conditions, page),
        {**parameters, "window_start": start, "window_end": end, "limit": page.size + 1},
    )

    assert scans
    assert {scan["Relation Name"] for scan in scans} <= partitions_between(start, end)
    assert all(condition in scan.get("Index Cond", "") for scan in scans)


async def test_a_list_of_some_months_reads_the_partitions_of_those_months_alone(
    database: Database, history: History
) -> None:
    since, until = NOW - timedelta(days=200), NOW - timedelta(days=120)
    page = PageRequest(size=200)
    query = page_query(f"SELECT {COLUMNS} FROM jobs", "", page)

    read = {
        scan["Relation Name"]
        for start, end in windows(history.organization_id, page=page, since=since, until=until)
        for scan in executed_scans(
            database,
            history.organization_id,
            query,
            {"window_start": start, "window_end": end, "limit": page.size + 1},
        )
    }

    assert read
    assert read <= partitions_between(since, until)


async def test_what_else_a_technician_has_at_a_time_is_found_among_their_open_jobs(
    database: Database, history: History
) -> None:
    scans = executed_scans(
        database,
        history.organization_id,
        OVERLAPPING_JOB,
        {
            "technician_id": history.technician_id,
            "id": history.job_ids[0],
            "starts_at": NOW,
            "ends_at": NOW + timedelta(hours=2),
            "without_end": VISIT_WITHOUT_END,
        },
    )

    looked_at = sum(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in scans)
    assert len(scans) >= MONTHS
    assert looked_at <= MONTHS * JOBS_A_MONTH / 100


async def test_a_list_steps_back_through_its_windows_to_the_oldest_job(
    database: Database, history: History
) -> None:
    async with open_transactions(database) as opener:
        store, page, seen = PostgresJobStore(opener), PageRequest(size=200), 0
        while True:
            found = await store.list(history.organization_id, JobFilter(), page)
            seen += len(found.items)
            if found.next_after is None:
                break
            page = PageRequest(size=200, after=found.next_after)

    assert seen == MONTHS * JOBS_A_MONTH
