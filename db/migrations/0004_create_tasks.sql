-- The task ledger: what queued work is, whatever the broker knows or forgot.

-- One row per idempotency key, so that a repeat finds the first task even when it is history.
CREATE TABLE task_keys (
  organization_id uuid NOT NULL,
  type text NOT NULL,
  idempotency_key text NOT NULL,
  task_id uuid NOT NULL,
  payload_digest bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, type, idempotency_key)
);
CREATE INDEX task_keys_by_age ON task_keys (created_at);
CALL protect_tenant_table('task_keys');
CALL open_table_to_system('task_keys');
GRANT SELECT, INSERT ON task_keys TO campotech_app;
GRANT SELECT, DELETE ON task_keys TO campotech_system;

-- Tasks that are not finished, or were finished a moment ago, and the dead ones. Kept small: every
-- claim and completion changes a row, so the table lives from being vacuumed early and often.
CREATE TABLE tasks (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  type text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('realtime', 'background', 'batch')),
  state text NOT NULL CHECK (state IN
    ('ready', 'scheduled', 'running', 'parked', 'done', 'dead', 'cancelled', 'discarded')),
  priority smallint NOT NULL,
  run_at timestamptz NOT NULL,
  idempotency_key text NOT NULL,
  payload jsonb NOT NULL CHECK (octet_length(payload::text) <= 65536),
  payload_version smallint NOT NULL DEFAULT 1,
  -- How many attempts were begun; those that crashed are among them and are counted again beside.
  attempt smallint NOT NULL DEFAULT 0,
  max_attempts smallint NOT NULL,
  crashes smallint NOT NULL DEFAULT 0,
  -- Goes up with every claim: who holds an older one can no longer complete the task.
  fencing_token bigint NOT NULL DEFAULT 0,
  lease_expires_at timestamptz,
  worker text,
  -- When the task was put into the broker since it became ready; NULL if nobody remembers to have.
  pushed_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  parked_reason text,
  attempts jsonb NOT NULL DEFAULT '[]',
  actor text NOT NULL,
  correlation_id text NOT NULL,
  traceparent text,
  PRIMARY KEY (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id)),
  CHECK ((lease_expires_at IS NULL) = (state <> 'running'))
) WITH (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX tasks_to_push ON tasks (tier, priority DESC, run_at)
  WHERE state = 'ready' AND pushed_at IS NULL;
CREATE INDEX tasks_pushed ON tasks (tier, pushed_at)
  WHERE state = 'ready' AND pushed_at IS NOT NULL;
CREATE INDEX tasks_waiting ON tasks (run_at) WHERE state IN ('scheduled', 'parked');
-- Not by lease: renewing one would then touch every index of the row, and few tasks run at a time.
CREATE INDEX tasks_running ON tasks (tier) WHERE state = 'running';
CREATE INDEX tasks_finished ON tasks (finished_at)
  WHERE state IN ('done', 'cancelled', 'discarded');
CALL protect_tenant_table('tasks');
CALL open_table_to_system('tasks');
GRANT SELECT, INSERT, UPDATE ON tasks TO campotech_app;
GRANT SELECT, UPDATE, DELETE ON tasks TO campotech_system;

-- Tasks that are finished for good, by the day of their birth.
CREATE TABLE task_history (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  type text NOT NULL,
  tier text NOT NULL,
  state text NOT NULL CHECK (state IN ('done', 'cancelled', 'discarded')),
  priority smallint NOT NULL,
  run_at timestamptz NOT NULL,
  idempotency_key text NOT NULL,
  payload jsonb NOT NULL,
  payload_version smallint NOT NULL,
  attempt smallint NOT NULL,
  max_attempts smallint NOT NULL,
  crashes smallint NOT NULL,
  worker text,
  started_at timestamptz,
  finished_at timestamptz NOT NULL,
  parked_reason text,
  attempts jsonb NOT NULL,
  actor text NOT NULL,
  correlation_id text NOT NULL,
  traceparent text,
  PRIMARY KEY (organization_id, id, created_at),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
) PARTITION BY RANGE (created_at);
CALL protect_tenant_table('task_history');
CALL open_table_to_system('task_history');
GRANT SELECT ON task_history TO campotech_app;
GRANT SELECT, INSERT ON task_history TO campotech_system;
INSERT INTO partitioned_tables VALUES ('task_history', 'created_at', 'day', 14, '30 days');
