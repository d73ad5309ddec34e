"""A database with a million customers, of whom one business has fifty thousand."""

from uuid import UUID

import psycopg

from benchmarks.workshop import Database, Workshop

LARGE = 50_000
SMALL = 1_000
ORGANIZATIONS = 950

_NAMES = (
    "María,José,Juan,Ana,Lucía,Tomás,Sofía,Martín,Valentina,Nicolás,Camila,Matías,Florencia,"
    "Santiago,Julieta,Agustín,Micaela,Franco,Rocío,Ezequiel,Paula,Gonzalo,Belén,Facundo,Carla,"
    "Hernán,Verónica,Gustavo,Silvina,Roberto"
)
_SURNAMES = (
    "González,Rodríguez,Gómez,Fernández,López,Díaz,Martínez,Pérez,García,Sánchez,Romero,Sosa,"
    "Álvarez,Torres,Ruiz,Ramírez,Flores,Benítez,Acosta,Medina,Herrera,Suárez,Aguirre,Giménez,"
    "Gutiérrez,Pereyra,Rojas,Molina,Castro,Ortiz,Silva,Núñez,Luna,Juárez,Cabrera,Ríos,Morales,"
    "Godoy,Moreno,Ferreyra,Domínguez,Carrizo,Peralta,Castillo,Ledesma,Quiroga,Vega,Vera,Muñoz,Ojeda"
)
_STREETS = (
    "Av. Corrientes,Av. Rivadavia,San Martín,Belgrano,Mitre,Sarmiento,Av. Santa Fe,Moreno,"
    "Hipólito Yrigoyen,9 de Julio,25 de Mayo,Alem,Güemes,Lavalle,Pueyrredón,Las Heras,Urquiza,"
    "Gascón,Av. Cabildo,Thames"
)
_FILL = f"""
INSERT INTO organizations (organization_id, display_name, version, created_at, updated_at)
SELECT id, 'Empresa', 1, uuid_extract_timestamp(id), uuid_extract_timestamp(id)
FROM (SELECT uuidv7(interval '-2 years') AS id
      FROM generate_series(1, {ORGANIZATIONS} + 1) OFFSET 0) AS born;

-- As customers come: those of all businesses in turn, so that each one's lie far apart.
INSERT INTO customers (organization_id, id, created_at, display_name, phone_number, email,
                       document_type, document_number, condicion_iva_receptor, address, version,
                       updated_at)
SELECT organization_id, id, uuid_extract_timestamp(id),
       names[1 + floor(random() * cardinality(names))] || ' '
         || surnames[1 + floor(random() * cardinality(surnames))] || ' '
         || surnames[1 + floor(random() * cardinality(surnames))],
       '+54911' || (20000000 + floor(random() * 79999999))::bigint, '', 'DNI',
       (10000000 + floor(random() * 39999999))::bigint::text, 'CONSUMIDOR_FINAL',
       jsonb_build_object('street_address', streets[1 + floor(random() * cardinality(streets))]
         || ' ' || floor(random() * 5000)::int, 'locality', 'Balvanera', 'province',
         'Ciudad Autónoma de Buenos Aires', 'postal_code', '1043', 'coordinates', NULL),
       1, now()
FROM (SELECT organization_id, position, uuidv7() AS id
      FROM (SELECT organization_id, row_number() OVER (ORDER BY organization_id) AS place
            FROM organizations) AS business,
        LATERAL generate_series(1, CASE WHEN place = 1 THEN {LARGE} ELSE {SMALL} END) AS position
      ORDER BY position * (CASE WHEN place = 1 THEN 1 ELSE {LARGE // SMALL} END), place
      OFFSET 0) AS born,
  string_to_array('{_NAMES}', ',') AS names, string_to_array('{_SURNAMES}', ',') AS surnames,
  string_to_array('{_STREETS}', ',') AS streets;

-- In one go, and not by the trigger; and the index afterwards.
DROP INDEX customer_search_by_content;
INSERT INTO customer_search
SELECT organization_id, id, searchable(concat_ws(' ', display_name, phone_number, document_number,
  address ->> 'street_address', address ->> 'locality', address ->> 'province',
  address ->> 'postal_code'))
FROM customers ORDER BY id;
CREATE INDEX customer_search_by_content
  ON customer_search USING gin (organization_id, content gin_trgm_ops) WITH (fastupdate = off);
"""  # noqa: S608  # words and numbers of this module


def million_customers(workshop: Workshop) -> Database:
    """Return the database, which is filled when it is first asked for."""
    return workshop.kept_database("million customers", _fill)


def businesses(database: Database) -> tuple[UUID, UUID]:
    """Return the large business and one of the others."""
    rows = database.rows("SELECT organization_id FROM organizations ORDER BY 1 LIMIT %s", 2)
    large, small = (UUID(str(row[0])) for row in rows)
    return large, small


def _fill(database: Database) -> None:
    with psycopg.connect(
        database.superuser_url, autocommit=True, options="-c session_replication_role=replica"
    ) as connection:
        connection.execute(_FILL.encode())
        connection.execute("VACUUM ANALYZE")
