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

CREATE TABLE tasks (
  organization_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL,
  type text NOT NULL,
  tier text NOT NULL CHECK (tier IN ('realtime', 'background', 'batch')),
  state text NOT NULL CHECK (state IN
    ('ready', 'scheduled', 'running', 'parked', 'done', 'dead', 'cancelled', 'discarded')),
  priority smallint NOT NULL,
  run_at timestamptz NOT NULL,
  idempotency_key text NOT NULL,
  payload jsonb NOT NULL CHECK (octet_length(payload::text) <= 65536),
  payload_version smallint NOT NULL DEFAULT 1,
  attempt smallint NOT NULL DEFAULT 0,
  max_attempts smallint NOT NULL,
  crashes smallint NOT NULL DEFAULT 0,
  fencing_token bigint NOT NULL DEFAULT 0,
  lease_expires_at timestamptz,
  worker text,
  pushed_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  parked_reason text,
  attempts jsonb NOT NULL DEFAULT '[]',
  actor text NOT NULL,
  correlation_id text NOT NULL,
  traceparent text,
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
) WITH (fillfactor = 70);
CALL protect_tenant_table('tasks');
CALL open_table_to_system('tasks');
GRANT SELECT, INSERT, UPDATE ON tasks TO campotech_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO campotech_system;
