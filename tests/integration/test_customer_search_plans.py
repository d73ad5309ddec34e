"""A search of customers reads what may match in one organisation, by the index, and little else.

Shown as the app role: under row-level security no search of text reaches an index by itself. What
was read is counted by Postgres, since no plan shows what a function does. So few rows it would
rather read all; what it does with a million is measured in `benchmarks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.rows import TupleRow

from domain.identifiers import OrganizationId
from tests.support.clocks import new_id
from tests.support.servers import Database, DatabaseServer

# A session's count of what it read begins anew with each connection.
pytestmark = pytest.mark.direct

OWN_CUSTOMERS = 4000
COUNTED = 2001
"""How many rows are looked at, in an index alone, to see that there are more than a few."""
OTHER_ORGANIZATIONS = 20
OTHERS_CUSTOMERS = 100
_SEARCH = "SELECT customer_id, is_alike FROM search_customers(%s, NULL, 51)"
_READ = """
SELECT seq_scan, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
WHERE relname = 'customer_search'
"""
_FILL_ORGANIZATION = """
INSERT INTO organizations (organization_id, display_name, version, created_at, updated_at)
VALUES (%s, 'x', 1, now(), now())
"""
_FILL_CUSTOMERS = """
INSERT INTO customers (organization_id, id, created_at, display_name, phone_number, email,
  condicion_iva_receptor, version, updated_at)
SELECT %s, id, uuid_extract_timestamp(id),
  (ARRAY['Juana', 'Pedro', 'Lucía', 'Tomás'])[1 + position %% 4] || ' Apellido' || position,
  '+54911' || (20000000 + position), '', 'CONSUMIDOR_FINAL', 1, now()
FROM unnest(%s::uuid[]) WITH ORDINALITY AS new (id, position)
"""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and what it read for that."""

    found: list[TupleRow]
    whole_scans: int
    rows_read: int


@pytest.fixture(scope="module")
def filled(postgres_server: DatabaseServer) -> Iterator[Database]:
    with postgres_server.migrated_database() as database:
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            for _ in range(OTHER_ORGANIZATIONS):
                _fill(connection, OrganizationId(new_id()), OTHERS_CUSTOMERS)
        yield database


@pytest.fixture(scope="module")
def own(filled: Database) -> OrganizationId:
    organization_id = OrganizationId(new_id())
    with psycopg.connect(filled.superuser_url, autocommit=True) as connection:
        _fill(connection, organization_id, OWN_CUSTOMERS)
        connection.execute("VACUUM ANALYZE customer_search, customers")
    return organization_id


@pytest.fixture(scope="module")
def small(filled: Database) -> OrganizationId:
    organization_id = OrganizationId(new_id())
    with psycopg.connect(filled.superuser_url, autocommit=True) as connection:
        _fill(connection, organization_id, OTHERS_CUSTOMERS)
        connection.execute("VACUUM ANALYZE customer_search, customers")
    return organization_id


def _fill(
    connection: psycopg.Connection[TupleRow], organization_id: OrganizationId, count: int
) -> None:
    connection.execute(_FILL_ORGANIZATION, [organization_id])
    connection.execute(_FILL_CUSTOMERS, [organization_id, [new_id() for _ in range(count)]])


def search(database: Database, organization_id: OrganizationId, query: str) -> Searched:
    with psycopg.connect(database.app_url) as app:
        app.execute("SELECT set_config('app.organization_id', %s, true)", [str(organization_id)])
        app.execute("SET LOCAL enable_seqscan = off")
        found = app.execute(_SEARCH, [query]).fetchall()
        read = app.execute(_READ).fetchone()
    assert read is not None
    return Searched(found, *read)


@pytest.mark.parametrize(
    "query", ["apellido1234", "20001234", "lucia apellido12", "juana apellido3996"]
)
def test_what_few_have_is_found_by_reading_few(
    filled: Database, own: OrganizationId, query: str
) -> None:
    searched = search(filled, own, query)

    assert searched.found
    assert searched.whole_scans == 0
    assert searched.rows_read - COUNTED <= OWN_CUSTOMERS / 20


def test_a_page_of_what_many_have_reads_no_other_organisation(
    filled: Database, own: OrganizationId
) -> None:
    searched = search(filled, own, "juana")

    assert len(searched.found) == 51
    assert searched.whole_scans == 0
    assert searched.rows_read - COUNTED <= OWN_CUSTOMERS


def test_who_is_most_alike_is_found_without_reading_everybody(
    filled: Database, own: OrganizationId
) -> None:
    searched = search(filled, own, "20001243999 apelido777")

    assert searched.whole_scans == 0
    assert searched.rows_read - COUNTED <= OWN_CUSTOMERS / 2


@pytest.mark.parametrize("query", ["apellido12", "juana", "20001243999 apelido777"])
def test_a_business_with_few_customers_reads_its_own_alone(
    filled: Database, small: OrganizationId, query: str
) -> None:
    searched = search(filled, small, query)

    assert searched.whole_scans == 0
    assert searched.rows_read <= 3 * OTHERS_CUSTOMERS


def test_a_search_without_an_organisation_finds_nobody(filled: Database) -> None:
    with psycopg.connect(filled.app_url) as app:
        assert app.execute(_SEARCH, ["juana"]).fetchall() == []


def test_nobody_but_the_app_role_may_search(filled: Database) -> None:
    with (
        psycopg.connect(filled.system_url) as system,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        system.execute(_SEARCH, ["juana"])
