-- Organisations, their members and their customers.

CREATE TABLE organizations (
  organization_id uuid PRIMARY KEY,
  display_name text NOT NULL,
  -- The fiscal profile: all of it or, until the organisation gives it, nothing.
  cuit text,
  legal_name text,
  condicion_iva text CHECK (condicion_iva IN ('RESPONSABLE_INSCRIPTO', 'MONOTRIBUTO', 'EXENTO')),
  punto_de_venta integer CHECK (punto_de_venta BETWEEN 1 AND 99998),
  trade_address jsonb,
  ingresos_brutos text,
  activity_start_date date,
  whatsapp_phone_number_id text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (num_nulls(cuit, legal_name, condicion_iva, punto_de_venta, trade_address) IN (0, 5))
);
CALL protect_tenant_table('organizations');
GRANT SELECT, INSERT, UPDATE ON organizations TO campotech_app;

-- Which organisation writes from a WhatsApp business number, unique over all of them.
CREATE TABLE whatsapp_numbers (
  phone_number_id text PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations
);
CALL protect_tenant_table('whatsapp_numbers');
CALL open_table_to_system('whatsapp_numbers');
GRANT SELECT, INSERT, DELETE ON whatsapp_numbers TO campotech_app;
GRANT SELECT ON whatsapp_numbers TO campotech_system;

CREATE TABLE members (
  organization_id uuid NOT NULL REFERENCES organizations,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  display_name text NOT NULL,
  email text NOT NULL,
  phone_number text NOT NULL,
  roles text[] NOT NULL
    CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['owner', 'dispatcher', 'technician']),
  subject text NOT NULL,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, subject),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CALL protect_tenant_table('members');
GRANT SELECT, INSERT, UPDATE ON members TO campotech_app;

CREATE TABLE customers (
  organization_id uuid NOT NULL REFERENCES organizations,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  display_name text NOT NULL,
  phone_number text NOT NULL,
  email text NOT NULL,
  document_type text CHECK (document_type IN ('CUIT', 'CUIL', 'DNI', 'PASSPORT')),
  document_number text,
  condicion_iva_receptor text NOT NULL,
  address jsonb,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  CHECK ((document_type IS NULL) = (document_number IS NULL)),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CALL protect_tenant_table('customers');
GRANT SELECT, INSERT, UPDATE ON customers TO campotech_app;
