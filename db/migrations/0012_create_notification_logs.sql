-- What became of notifications, partitioned by the ISO week of their birth.

-- Whom a notification was for stands here by reference only (Ley 25.326): the member's id, or a
-- digest of the address. The words that were sent are kept nowhere.
CREATE TABLE notification_logs (
  organization_id uuid NOT NULL,
  -- The id of the task that sends it: one task, one notification, one row.
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  channel text NOT NULL CHECK (channel IN ('email')),
  state text NOT NULL CHECK (state IN ('SENT', 'FAILED')),
  template text NOT NULL,
  member_id uuid,
  address_digest bytea CHECK (octet_length(address_digest) = 32),
  failure_code text,
  failure_message text,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id, created_at),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id)),
  CHECK (num_nonnulls(member_id, address_digest) = 1),
  CHECK ((state = 'FAILED') = (failure_code IS NOT NULL))
) PARTITION BY RANGE (created_at);
CREATE INDEX notification_logs_by_member
  ON notification_logs (organization_id, member_id, created_at DESC, id DESC)
  WHERE member_id IS NOT NULL;
CREATE INDEX notification_logs_by_time
  ON notification_logs (organization_id, created_at DESC, id DESC);
CALL protect_tenant_table('notification_logs');
GRANT SELECT, INSERT, UPDATE ON notification_logs TO campotech_app;
INSERT INTO partitioned_tables VALUES
  ('notification_logs', 'created_at', 'week', 12, '6 months', 'archive');
