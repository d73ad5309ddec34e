"""The catalogue of the database keeps the rules that every table owes (architecture 3.5 and 4)."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from db.roles import ROLES
from tests.support.servers import Database

NOT_TENANTS = frozenset({"schema_migrations", "partitioned_tables"})
ACROSS_TENANTS = frozenset(
    {
        "access_tickets",
        "alert_deliveries",
        "alerts",
        "api_keys",
        "arca_certificate_requests",
        "arca_connections",
        "command_requests",
        "cron_entries",
        "device_installs",
        "fiscal_requests",
        "job_proof_uploads",
        "members",
        "queue_backlogs",
        "queue_counts",
        "queue_pauses",
        "queue_statistics",
        "task_history",
        "task_keys",
        "tasks",
        "technician_locations",
        "webhook_inbox",
        "whatsapp_connections",
        "whatsapp_numbers",
        "worker_processes",
    }
)
"""The closed list of tables that work across tenants may touch."""
NOT_BINDING_THEIR_OWNER = frozenset({"customer_search"})
"""Tables that a function of their owner searches, which sees to the organisation itself."""
ABOUT_PARTITIONS = frozenset(
    {"partition_bounds", "partition_runways", "partitioned_tables", "partitions_to_drop"}
)
"""What says which partitions there are: no tenant's data."""


@pytest.fixture
def catalogue(database: Database) -> Iterator[psycopg.Connection[TupleRow]]:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


def names(catalogue: psycopg.Connection[TupleRow], query: str) -> set[str]:
    return {str(row[0]) for row in catalogue.execute(query.encode()).fetchall()}


TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""


def test_every_tenant_table_names_its_organisation(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    without = names(
        catalogue,
        TABLES + "AND NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid"
        " AND attname = 'organization_id' AND attnotnull)",
    )

    assert without == NOT_TENANTS


def test_every_tenant_table_forces_row_level_security(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    unprotected = names(catalogue, TABLES + " AND NOT relrowsecurity")
    unforced = names(catalogue, TABLES + " AND NOT relforcerowsecurity")

    assert unprotected == NOT_TENANTS
    assert unforced == NOT_TENANTS | NOT_BINDING_THEIR_OWNER


def test_every_tenant_table_has_the_policy_of_its_tenant(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    tables = names(catalogue, TABLES + " AND NOT relispartition") - NOT_TENANTS
    policies = catalogue.execute(
        "SELECT tablename, qual, with_check FROM pg_policies"
        " WHERE 'campotech_app' = ANY(roles) AND cmd = 'ALL'"
    ).fetchall()

    expected = (
        "(organization_id = (NULLIF(current_setting('app.organization_id'::text, true),"
        " ''::text))::uuid)"
    )
    assert {table for table, _, _ in policies} == tables
    assert {(condition, check) for _, condition, check in policies} == {(expected, None)}


def test_only_a_closed_list_of_tables_is_open_across_tenants(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    by_policy = names(
        catalogue,
        "SELECT tablename FROM pg_policies WHERE 'campotech_system' = ANY(roles)"
        " OR 'public' = ANY(roles)",
    )
    by_grant = names(
        catalogue,
        "SELECT table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'campotech_system' AND table_schema = 'public'",
    )

    assert by_policy == ACROSS_TENANTS
    assert by_grant - ACROSS_TENANTS == ABOUT_PARTITIONS


def test_no_policy_is_anybodys_but_the_apps_and_the_systems(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    held = names(catalogue, "SELECT DISTINCT unnest(roles) FROM pg_policies")

    assert held == {"campotech_app", "campotech_system"}


def test_of_people_no_more_than_their_standing_is_open_across_tenants(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    columns = names(
        catalogue,
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = 'campotech_system' AND table_name = 'members'",
    )

    assert columns == {
        "ended_at",
        "id",
        "organization_id",
        "roles",
        "standing_changed_at",
        "subject",
    }


def test_partitions_are_reached_through_their_parents_only(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    reachable = names(
        catalogue,
        "SELECT table_name FROM information_schema.role_table_grants JOIN pg_class"
        " ON relname = table_name WHERE relispartition AND grantee <> 'campotech_owner'",
    )

    assert reachable == set()


def test_no_role_of_ours_may_bypass_row_level_security_or_become_another(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    powerful = names(
        catalogue,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'campotech%' AND"
        " (rolbypassrls OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication)",
    )
    members = names(
        catalogue,
        "SELECT m.rolname FROM pg_auth_members JOIN pg_roles m ON m.oid = member"
        " WHERE m.rolname LIKE 'campotech%'",
    )
    known = names(catalogue, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'campotech%'")

    assert powerful == set()
    assert members == set()
    assert known == set(ROLES)


def test_no_foreign_key_points_at_a_partitioned_table(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    pointed_at = names(
        catalogue,
        "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint JOIN pg_class"
        " ON pg_class.oid = confrelid WHERE contype = 'f' AND (relkind = 'p' OR relispartition)",
    )

    assert pointed_at == set()


def test_there_is_no_default_partition(catalogue: psycopg.Connection[TupleRow]) -> None:
    assert names(catalogue, "SELECT partrelid FROM pg_partitioned_table WHERE partdefid <> 0") == (
        set()
    )


def test_every_partitioned_table_is_registered_with_partitions_made_ahead(
    catalogue: psycopg.Connection[TupleRow],
) -> None:
    partitioned = names(catalogue, "SELECT partrelid::regclass::text FROM pg_partitioned_table")
    rules = catalogue.execute("SELECT table_name, premake FROM partitioned_tables").fetchall()
    made = catalogue.execute(
        "SELECT inhparent::regclass::text, count(*) FROM pg_inherits JOIN pg_partitioned_table"
        " ON partrelid = inhparent GROUP BY 1"
    ).fetchall()

    assert partitioned == {str(table) for table, _ in rules}
    assert dict(made) == {table: premake + 1 for table, premake in rules}


def test_states_are_text_and_money_is_whole(catalogue: psycopg.Connection[TupleRow]) -> None:
    leaky = names(
        catalogue,
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " JOIN pg_type ON typname = udt_name"
        " WHERE table_schema = 'public' AND (typtype = 'e' OR data_type IN"
        " ('numeric', 'money', 'real', 'double precision'))",
    )

    assert leaky == set()


def test_without_an_organisation_the_app_role_sees_no_row(
    database: Database, catalogue: psycopg.Connection[TupleRow]
) -> None:
    catalogue.execute(
        "INSERT INTO command_requests (organization_id, request_id, fingerprint, target_id)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), '', gen_random_uuid())"
    )

    with psycopg.connect(database.app_url, autocommit=True) as app:
        seen = app.execute("SELECT count(*) FROM command_requests").fetchone()

    assert seen == (0,)
