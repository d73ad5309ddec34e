-- How the queues do: what was counted, by type and tier, and what the alerts about it said.

-- What whoever did something counted of it, in the transaction that did it where there is one: a
-- dispatch, a task that became history, a lease that ran out. Rows are only added, so nobody waits
-- for a counter that others change too, and a rollback takes its count along. A keeper folds them
-- into queue_statistics and deletes them in the same transaction: each is counted once.
CREATE TABLE queue_counts (
  organization_id uuid NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now(),
  type text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('realtime', 'background', 'batch')),
  dispatched bigint NOT NULL DEFAULT 0,
  -- Dispatches whose idempotency key was known.
  duplicates bigint NOT NULL DEFAULT 0,
  -- Tasks that were done.
  finished bigint NOT NULL DEFAULT 0,
  -- How attempts ended; stalled are those whose lease ran out.
  succeeded bigint NOT NULL DEFAULT 0,
  retried bigint NOT NULL DEFAULT 0,
  parked bigint NOT NULL DEFAULT 0,
  died bigint NOT NULL DEFAULT 0,
  stalled bigint NOT NULL DEFAULT 0,
  wait_microseconds bigint NOT NULL DEFAULT 0,
  run_microseconds bigint NOT NULL DEFAULT 0,
  -- Durations in the buckets of domain.operations.durations; zeros at the end are left out.
  waits bigint[] NOT NULL DEFAULT '{}',
  runs bigint[] NOT NULL DEFAULT '{}'
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
CALL protect_tenant_table('queue_counts');
CALL open_table_to_system('queue_counts');
GRANT INSERT ON queue_counts TO campotech_app;
GRANT SELECT, INSERT, DELETE ON queue_counts TO campotech_system;
CREATE POLICY only_for_the_platform ON queue_counts AS RESTRICTIVE FOR INSERT TO campotech_system
  WITH CHECK (organization_id = '00000000-0000-7000-8000-000000000000');

-- The same, added up by minute, hour and day over all organisations. Minutes are kept two days,
-- hours and days a little longer than the longest window that can be asked for.
CREATE TABLE queue_statistics (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  grain text NOT NULL CHECK (grain IN ('minute', 'hour', 'day')),
  starts_at timestamptz NOT NULL,
  type text NOT NULL,
  tier text NOT NULL,
  dispatched bigint NOT NULL,
  duplicates bigint NOT NULL,
  finished bigint NOT NULL,
  succeeded bigint NOT NULL,
  retried bigint NOT NULL,
  parked bigint NOT NULL,
  died bigint NOT NULL,
  stalled bigint NOT NULL,
  wait_microseconds bigint NOT NULL,
  run_microseconds bigint NOT NULL,
  waits bigint[] NOT NULL,
  runs bigint[] NOT NULL,
  PRIMARY KEY (organization_id, grain, starts_at, type, tier),
  CHECK (starts_at = date_trunc(grain, starts_at, 'UTC'))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CALL protect_tenant_table('queue_statistics');
CALL open_table_to_system('queue_statistics');
GRANT SELECT ON queue_statistics TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON queue_statistics TO campotech_system;

-- Adds two histograms, of which one may be longer.
CREATE FUNCTION add_buckets(a bigint[], b bigint[]) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN b = '{}' THEN a WHEN a = '{}' THEN b ELSE ARRAY(
    SELECT COALESCE(x, 0) + COALESCE(y, 0)
    FROM unnest(a, b) WITH ORDINALITY AS buckets (x, y, place) ORDER BY place) END;
CREATE AGGREGATE sum_buckets(bigint[]) (SFUNC = add_buckets, STYPE = bigint[], INITCOND = '{}');

-- What waits, runs and is dead, as a keeper found it last.
CREATE TABLE queue_backlogs (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  type text NOT NULL,
  tier text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  ready bigint NOT NULL,
  scheduled bigint NOT NULL,
  running bigint NOT NULL,
  parked bigint NOT NULL,
  dead bigint NOT NULL,
  -- Since when the ready task waits that waits longest.
  oldest_ready_at timestamptz,
  PRIMARY KEY (organization_id, type, tier)
);
CALL protect_tenant_table('queue_backlogs');
CALL open_table_to_system('queue_backlogs');
GRANT SELECT ON queue_backlogs TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON queue_backlogs TO campotech_system;

-- The processes that run tasks, and how many at a time; one that says nothing for long is gone.
CREATE TABLE worker_processes (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  worker text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('realtime', 'background', 'batch')),
  concurrency integer NOT NULL CHECK (concurrency > 0),
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, worker)
) WITH (fillfactor = 50);
CALL protect_tenant_table('worker_processes');
CALL open_table_to_system('worker_processes');
GRANT SELECT ON worker_processes TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON worker_processes TO campotech_system;

-- What operators were alerted to: a row per key, so that one process alone raises it.
CREATE TABLE alerts (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  key text NOT NULL CHECK (octet_length(key) <= 200),
  severity text NOT NULL CHECK (severity IN ('urgent', 'warning')),
  text text NOT NULL,
  -- How often it was told; with the key it names one telling.
  told_count integer NOT NULL DEFAULT 1,
  told_at timestamptz NOT NULL DEFAULT now(),
  -- Until then it is not told again, whatever becomes of it.
  quiet_until timestamptz NOT NULL,
  -- NULL while what it is about goes on.
  closed_at timestamptz,
  PRIMARY KEY (organization_id, key)
);
CREATE INDEX alerts_told ON alerts (organization_id, told_at);
CALL protect_tenant_table('alerts');
CALL open_table_to_system('alerts');
GRANT SELECT, INSERT, UPDATE ON alerts TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO campotech_system;

-- Each telling on its way to each of those who are told; tried again until it arrives.
CREATE TABLE alert_deliveries (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  key text NOT NULL,
  told_count integer NOT NULL,
  sender text NOT NULL,
  severity text NOT NULL,
  text text NOT NULL,
  told_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given_up')),
  attempt integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz,
  last_error text,
  PRIMARY KEY (organization_id, key, told_count, sender)
);
CREATE INDEX alert_deliveries_pending ON alert_deliveries (sender, next_try_at)
  WHERE state = 'pending';
CALL protect_tenant_table('alert_deliveries');
CALL open_table_to_system('alert_deliveries');
GRANT SELECT ON alert_deliveries TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_deliveries TO campotech_system;
