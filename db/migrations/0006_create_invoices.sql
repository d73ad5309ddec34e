-- Invoices, the fiscal series they are numbered in, what was sent to ARCA, and its access tickets.

CREATE TABLE invoices (
  organization_id uuid NOT NULL REFERENCES organizations,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  -- Job and customer end before the invoice does: it holds what it needs of them.
  job_id uuid NOT NULL,
  job_number bigint NOT NULL,
  customer_id uuid NOT NULL,
  fiscal_state text NOT NULL
    CHECK (fiscal_state IN ('DRAFT', 'PENDING', 'SUBMITTED', 'AUTHORIZED', 'FAILED')),
  payment_state text NOT NULL
    CHECK (payment_state IN ('UNPAID', 'PARTIALLY_PAID', 'PAID', 'REFUNDED')),
  issuer_cuit text NOT NULL CHECK (issuer_cuit ~ '^[0-9]{11}$'),
  issuer_legal_name text NOT NULL,
  issuer_condicion_iva text NOT NULL
    CHECK (issuer_condicion_iva IN ('RESPONSABLE_INSCRIPTO', 'MONOTRIBUTO', 'EXENTO')),
  issuer_trade_address jsonb NOT NULL,
  issuer_ingresos_brutos text NOT NULL,
  issuer_activity_start_date date,
  punto_de_venta integer NOT NULL CHECK (punto_de_venta BETWEEN 1 AND 99998),
  comprobante_tipo smallint NOT NULL CHECK (comprobante_tipo IN (1, 6, 11)),
  receiver_name text NOT NULL,
  receiver_condicion_iva smallint NOT NULL
    CHECK (receiver_condicion_iva IN (1, 4, 5, 6, 7, 8, 9, 10, 13, 15, 16)),
  receiver_document_type text
    CHECK (receiver_document_type IN ('CUIT', 'CUIL', 'DNI', 'PASSPORT')),
  receiver_document_number text NOT NULL,
  receiver_address jsonb,
  description text NOT NULL,
  -- Centavos of ARS; iva_lines is an array of [rate id, base, amount].
  total_minor bigint NOT NULL CHECK (total_minor > 0),
  net_minor bigint NOT NULL,
  iva_minor bigint NOT NULL,
  iva_lines jsonb NOT NULL,
  service_from date NOT NULL,
  service_to date NOT NULL,
  payment_due_date date NOT NULL,
  number bigint CHECK (number BETWEEN 1 AND 99999999),
  issue_date date,
  cae text CHECK (cae ~ '^[0-9]{14}$'),
  cae_due_date date,
  authorized_at timestamptz,
  observations jsonb NOT NULL,
  failure_code text,
  failure_message text,
  failure_detail text,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, job_id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id)),
  CHECK (total_minor = net_minor + iva_minor),
  CHECK ((number IS NOT NULL) = (fiscal_state IN ('SUBMITTED', 'AUTHORIZED'))),
  CHECK ((issue_date IS NULL) = (number IS NULL)),
  CHECK ((cae IS NOT NULL) = (fiscal_state = 'AUTHORIZED')),
  CHECK ((failure_code IS NOT NULL) = (fiscal_state = 'FAILED'))
);
-- A number is one document's, whoever asks: unique over all organisations.
CREATE UNIQUE INDEX invoices_number
  ON invoices (issuer_cuit, punto_de_venta, comprobante_tipo, number) WHERE number IS NOT NULL;
CREATE INDEX invoices_by_state ON invoices (organization_id, fiscal_state, id DESC);
CALL protect_tenant_table('invoices');
GRANT SELECT, INSERT, UPDATE ON invoices TO campotech_app;

-- One row per series; the first organisation to use it owns it. A row in flight is a number that
-- was reserved and may have been sent: nothing else is numbered until its fate is known.
CREATE TABLE fiscal_series (
  cuit text NOT NULL,
  punto_de_venta integer NOT NULL,
  comprobante_tipo smallint NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations,
  -- NULL until ARCA was asked.
  last_number bigint,
  last_issue_date date,
  in_flight_invoice_id uuid,
  -- When a document was last found that another system wrote into the series.
  foreign_writer_at timestamptz,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (cuit, punto_de_venta, comprobante_tipo),
  FOREIGN KEY (organization_id, in_flight_invoice_id) REFERENCES invoices (organization_id, id)
);
CALL protect_tenant_table('fiscal_series');
GRANT SELECT, INSERT, UPDATE ON fiscal_series TO campotech_app;

-- Every request for a CAE, stored before it was sent.
CREATE TABLE fiscal_requests (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  invoice_id uuid NOT NULL,
  number bigint NOT NULL,
  request jsonb NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CREATE INDEX fiscal_requests_by_invoice ON fiscal_requests (organization_id, invoice_id, number, id);
CALL protect_tenant_table('fiscal_requests');
GRANT SELECT, INSERT ON fiscal_requests TO campotech_app;

-- One login ticket of WSAA per certificate and service, encrypted, under the platform's id. The
-- lease lets one process at a time log in; its token proves that a ticket is still wanted.
CREATE TABLE access_tickets (
  organization_id uuid NOT NULL,
  certificate text NOT NULL,
  service text NOT NULL,
  sealed_ticket bytea,
  expires_at timestamptz,
  fencing_token bigint NOT NULL DEFAULT 0,
  lease_expires_at timestamptz,
  no_login_before timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, certificate, service)
);
CALL protect_tenant_table('access_tickets');
GRANT SELECT, INSERT, UPDATE ON access_tickets TO campotech_app;
