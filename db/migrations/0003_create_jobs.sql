-- Jobs, partitioned by the month of their birth, and the number each organisation gives them.

CREATE TABLE job_counters (
  organization_id uuid PRIMARY KEY,
  last_number bigint NOT NULL
);
CALL protect_tenant_table('job_counters');
GRANT SELECT, INSERT, UPDATE ON job_counters TO campotech_app;

-- Unique over all partitions, which the partitioned table itself cannot promise.
CREATE TABLE job_numbers (
  organization_id uuid NOT NULL,
  number bigint NOT NULL,
  job_id uuid NOT NULL,
  PRIMARY KEY (organization_id, number)
);
CALL protect_tenant_table('job_numbers');
GRANT SELECT, INSERT ON job_numbers TO campotech_app;

CREATE TABLE jobs (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  number bigint NOT NULL,
  state text NOT NULL CHECK (state IN
    ('PENDING', 'ASSIGNED', 'EN_ROUTE', 'ARRIVED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
  customer_id uuid NOT NULL,
  technician_id uuid,
  description text NOT NULL,
  street_address text NOT NULL,
  locality text NOT NULL,
  province text NOT NULL,
  postal_code text NOT NULL,
  latitude_e7 integer,
  longitude_e7 integer,
  scheduled_start_at timestamptz,
  scheduled_end_at timestamptz,
  price_minor bigint NOT NULL CHECK (price_minor > 0),
  price_currency text NOT NULL,
  work_summary text NOT NULL,
  en_route_at timestamptz,
  arrived_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  cancel_reason text,
  cancel_note text NOT NULL,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id, created_at),
  FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES members (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id)),
  CHECK ((cancel_reason IS NULL) = (state <> 'CANCELLED'))
) PARTITION BY RANGE (created_at);
CREATE INDEX jobs_by_state ON jobs (organization_id, state, created_at DESC, id DESC);
CREATE INDEX jobs_by_technician
  ON jobs (organization_id, technician_id, state, created_at DESC, id DESC);
CREATE INDEX jobs_by_customer ON jobs (organization_id, customer_id, created_at DESC, id DESC);
CREATE INDEX jobs_by_time ON jobs (organization_id, created_at DESC, id DESC);
CALL protect_tenant_table('jobs');
GRANT SELECT, INSERT, UPDATE ON jobs TO campotech_app;
INSERT INTO partitioned_tables VALUES ('jobs', 'created_at', 'month', 3, '2 years');
