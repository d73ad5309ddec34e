-- Foundations: tenant isolation, partitions, idempotency of commands, audit, events.

GRANT USAGE ON SCHEMA public TO campotech_app, campotech_system;

-- The organisation of the running transaction, or NULL: then no row is visible.
CREATE FUNCTION current_organization_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('app.organization_id', true), '')::uuid;

-- Puts a table under tenant isolation. The policy is spelled out and not hidden in the function
-- above, because only an inlined expression lets the planner use an index for it.
CREATE PROCEDURE protect_tenant_table(target regclass)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO campotech_app'
    ' USING (organization_id = NULLIF(current_setting(''app.organization_id'', true), '''')::uuid)',
    target);
END $$;

-- Opens a table to the role that works across tenants. A test holds the list of such tables.
CREATE PROCEDURE open_table_to_system(target regclass)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE POLICY across_tenants ON %s TO campotech_system USING (true)', target);
END $$;

-- Which tables are partitioned, how, and how far ahead. Not tenants' data: nobody but the owner
-- reads or changes it, but for the functions below.
CREATE TABLE partitioned_tables (
  table_name text PRIMARY KEY,
  partition_key text NOT NULL,
  step text NOT NULL CHECK (step IN ('day', 'week', 'month')),
  premake integer NOT NULL CHECK (premake > 0),
  kept_hot interval NOT NULL
);

CREATE FUNCTION partition_name(table_name text, starts_at timestamptz) RETURNS text
  LANGUAGE sql STABLE
  RETURN table_name || '_' || to_char(starts_at AT TIME ZONE 'UTC', 'YYYY_MM_DD');

-- Makes the partition that holds a moment, as a plain table with a matching CHECK that is then
-- attached: attaching takes a light lock and, thanks to the CHECK, reads no row. Returns its name,
-- or NULL if it was there. Safe to call from several processes.
CREATE FUNCTION make_partition(wanted_table text, moment timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
  rule partitioned_tables;
  starts_at timestamptz;
  ends_at timestamptz;
  partition text;
  bounds text;
BEGIN
  SELECT * INTO STRICT rule FROM partitioned_tables WHERE table_name = wanted_table;
  starts_at := date_trunc(rule.step, moment);
  ends_at := starts_at + ('1 ' || rule.step)::interval;
  partition := partition_name(wanted_table, starts_at);
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(partition, 0));
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  bounds := format('(%1$I >= %2$L AND %1$I < %3$L)', rule.partition_key, starts_at, ends_at);
  EXECUTE format(
    'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE'
    ' INCLUDING GENERATED, CONSTRAINT within_bounds CHECK %s)', partition, wanted_table, bounds);
  -- Reached through its parent, the parent's policies count; reached directly, nothing is visible.
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    wanted_table, partition, starts_at, ends_at);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT within_bounds', partition);
  RETURN partition;
END $$;

-- Makes the partitions from now to the table's horizon; returns the names of the new ones.
CREATE FUNCTION make_due_partitions(wanted_table text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  rule partitioned_tables;
  made text;
  ahead integer;
BEGIN
  SELECT * INTO STRICT rule FROM partitioned_tables WHERE table_name = wanted_table;
  FOR ahead IN 0 .. rule.premake LOOP
    made := make_partition(
      wanted_table, date_trunc(rule.step, now()) + ahead * ('1 ' || rule.step)::interval);
    IF made IS NOT NULL THEN
      RETURN NEXT made;
    END IF;
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION make_partition, make_due_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_partition, make_due_partitions TO campotech_system;
GRANT SELECT ON partitioned_tables TO campotech_system;

-- The request ids of commands that were carried out: a repeat finds its first target here.
CREATE TABLE command_requests (
  organization_id uuid NOT NULL,
  request_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  target_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, request_id)
);
CREATE INDEX command_requests_by_age ON command_requests (created_at);
CALL protect_tenant_table('command_requests');
CALL open_table_to_system('command_requests');
GRANT SELECT, INSERT ON command_requests TO campotech_app;
GRANT SELECT, DELETE ON command_requests TO campotech_system;

-- Who did what to which resource. Personal data by reference only (Ley 25.326).
CREATE TABLE audit_logs (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject_id uuid NOT NULL,
  request_id uuid,
  correlation_id text NOT NULL,
  details jsonb NOT NULL,
  PRIMARY KEY (organization_id, id, created_at),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_logs_by_subject ON audit_logs (organization_id, subject_id, created_at);
CALL protect_tenant_table('audit_logs');
GRANT SELECT, INSERT ON audit_logs TO campotech_app;
INSERT INTO partitioned_tables VALUES ('audit_logs', 'created_at', 'month', 3, '3 years');

-- The last event number of each organisation. Its row lock is what makes numbers commit in order:
-- a sequence would let a reader pass a number whose transaction commits later.
CREATE TABLE organization_event_counters (
  organization_id uuid PRIMARY KEY,
  last_number bigint NOT NULL
);
CALL protect_tenant_table('organization_event_counters');
GRANT SELECT, INSERT, UPDATE ON organization_event_counters TO campotech_app;

-- What happened, numbered per organisation; streams resume from a number.
CREATE TABLE organization_events (
  organization_id uuid NOT NULL,
  number bigint NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  type text NOT NULL,
  subject_id uuid NOT NULL,
  actor text NOT NULL,
  occurred_at timestamptz NOT NULL,
  details jsonb NOT NULL,
  PRIMARY KEY (organization_id, number, created_at),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
) PARTITION BY RANGE (created_at);
CALL protect_tenant_table('organization_events');
GRANT SELECT, INSERT ON organization_events TO campotech_app;
INSERT INTO partitioned_tables VALUES ('organization_events', 'created_at', 'day', 14, '7 days');
