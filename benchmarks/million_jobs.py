"""A database with a million jobs of many businesses over two years, as lists and reads meet it."""

from collections.abc import Sequence
from uuid import UUID

import psycopg

from benchmarks.workshop import Database, Workshop

ORGANIZATIONS = 1_000
JOBS_EACH = 1_000
_TECHNICIANS_EACH = 4

_FILL = f"""
SELECT make_partition('jobs', now() - months * interval '1 month')
FROM generate_series(0, 24) AS months;

INSERT INTO organizations (organization_id, display_name, version, created_at, updated_at)
SELECT id, 'Empresa ' || number, 1, uuid_extract_timestamp(id), uuid_extract_timestamp(id)
FROM (SELECT number, uuidv7(interval '-2 years') AS id
      FROM generate_series(1, {ORGANIZATIONS}) AS number OFFSET 0) AS born;

INSERT INTO members (organization_id, id, created_at, display_name, email, phone_number, roles,
                     subject, version, updated_at, standing_changed_at)
SELECT organization_id, id, uuid_extract_timestamp(id), 'Técnico ' || number, '', '',
       ARRAY['technician'], id::text, 1, uuid_extract_timestamp(id), uuid_extract_timestamp(id)
FROM (SELECT organization_id, number, uuidv7(interval '-2 years') AS id
      FROM organizations, generate_series(1, {_TECHNICIANS_EACH}) AS number OFFSET 0) AS born;

INSERT INTO customers (organization_id, id, created_at, display_name, phone_number, email,
                       condicion_iva_receptor, version, updated_at)
SELECT organization_id, id, uuid_extract_timestamp(id), 'Cliente ' || number,
       '+549115555' || lpad(number::text, 4, '0'), '', 'CONSUMIDOR_FINAL', 1,
       uuid_extract_timestamp(id)
FROM (SELECT organization_id, number, uuidv7() AS id
      FROM organizations, generate_series(1, 20) AS number OFFSET 0) AS born;

INSERT INTO jobs (organization_id, id, created_at, number, state, customer_id, technician_id,
                  description, street_address, locality, province, postal_code, price_minor,
                  price_currency, work_summary, cancel_note, version, updated_at)
SELECT organization_id, id, uuid_extract_timestamp(id), number,
       CASE WHEN number % 20 = 0 THEN 'PENDING' WHEN number % 20 = 1 THEN 'ASSIGNED'
            ELSE 'COMPLETED' END,
       customers[1 + number % 20], technicians[1 + number % {_TECHNICIANS_EACH}],
       'Pérdida de agua en la cocina, cambiar flexible y llave de paso', 'Av. Corrientes 1234',
       'Balvanera', 'Ciudad Autónoma de Buenos Aires', '1043', 4_500_000, 'ARS', '', '', 3,
       uuid_extract_timestamp(id)
FROM (SELECT organization_id, number, customers, technicians,
             uuidv7(-make_interval(secs => (number - random()) * 63_000)) AS id
      FROM (SELECT organization_id,
                   (SELECT array_agg(id) FROM customers
                    WHERE customers.organization_id = organizations.organization_id) AS customers,
                   (SELECT array_agg(id) FROM members
                    WHERE members.organization_id = organizations.organization_id) AS technicians
            FROM organizations) AS business, generate_series(1, {JOBS_EACH}) AS number
      OFFSET 0) AS born;
"""  # noqa: S608  # numbers of this module
_IN_PROGRESS = """
INSERT INTO jobs (organization_id, id, created_at, number, state, customer_id, technician_id,
                  description, street_address, locality, province, postal_code, price_minor,
                  price_currency, work_summary, en_route_at, arrived_at, started_at, cancel_note,
                  version, updated_at)
SELECT organization_id, id, uuid_extract_timestamp(id), 1000000 + number, 'IN_PROGRESS',
       (SELECT id FROM customers WHERE organization_id = born.organization_id LIMIT 1),
       (SELECT id FROM members WHERE organization_id = born.organization_id LIMIT 1),
       'Cambiar flexible', 'Av. Corrientes 1234', 'Balvanera', 'Ciudad Autónoma de Buenos Aires',
       '1043', 4500000, 'ARS', '', now(), now(), now(), '', 5, now()
FROM (SELECT %s::uuid AS organization_id, number, uuidv7() AS id
      FROM generate_series(1, %s) AS number OFFSET 0) AS born
RETURNING id
"""


def million_jobs(workshop: Workshop) -> Database:
    """Return the database, which is filled when it is first asked for."""
    return workshop.kept_database("million jobs", _fill)


def organizations(database: Database, count: int) -> list[UUID]:
    """Return some of the businesses, always the same ones."""
    rows = database.rows(
        "SELECT organization_id FROM organizations ORDER BY organization_id LIMIT %s", count
    )
    return [UUID(str(row[0])) for row in rows]


def job_names(database: Database, organization_id: UUID, count: int) -> Sequence[str]:
    """Return the names of jobs of one business, spread over the two years."""
    rows = database.rows(
        "SELECT id FROM jobs WHERE organization_id = %s ORDER BY md5(id::text) LIMIT %s",
        organization_id,
        count,
    )
    return [_name(organization_id, row[0]) for row in rows]


def begin_jobs(database: Database, organization_id: UUID, count: int) -> Sequence[str]:
    """Put jobs into a business that are in progress; return their names."""
    with _unchecked(database) as connection:
        rows = connection.execute(_IN_PROGRESS, (organization_id, count)).fetchall()
    return [_name(organization_id, row[0]) for row in rows]


def _fill(database: Database) -> None:
    with _unchecked(database) as connection:
        connection.execute(_FILL.encode())
        connection.execute("VACUUM ANALYZE")
        # Otherwise it is written out beside whatever is measured in the next minutes.
        connection.execute("CHECKPOINT")


def _unchecked(database: Database) -> psycopg.Connection[tuple[object, ...]]:
    """Connect so that no foreign key is looked up: a million rows, all of one mind."""
    return psycopg.connect(
        database.superuser_url, autocommit=True, options="-c session_replication_role=replica"
    )


def _name(organization_id: UUID, job_id: object) -> str:
    return f"organizations/{organization_id}/jobs/{job_id}"
