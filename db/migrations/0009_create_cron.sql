-- The cron: what is dispatched again and again, and what becomes of old partitions.

-- Entries are the platform's own. A change of schedule, or enabling an entry again, also sets
-- decided_until and next_fire_at to now(): what it would have missed before is not caught up with.
CREATE TABLE cron_entries (
  organization_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000000'
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  schedule text NOT NULL,
  time_zone text NOT NULL CHECK (time_zone IN ('UTC', 'America/Argentina/Buenos_Aires')),
  task_type text NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  catch_up text NOT NULL CHECK (catch_up IN ('skip', 'once', 'all')),
  is_enabled boolean NOT NULL DEFAULT true,
  decided_until timestamptz NOT NULL DEFAULT now(),
  last_fire_at timestamptz,
  next_fire_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, name)
);

-- Making and dropping are apart: whatever dropping waits for, partitions are made in time.
INSERT INTO cron_entries (name, schedule, time_zone, task_type, payload, catch_up) VALUES
  ('partitions-make', '7 * * * *', 'UTC', 'partitions:maintain', '{"job": "make"}', 'once'),
  ('partitions-drop', '37 * * * *', 'UTC', 'partitions:maintain', '{"job": "drop"}', 'skip');

-- From here on the owner is bound too: a later migration that changes entries lifts FORCE for itself.
CALL protect_tenant_table('cron_entries');
CALL open_table_to_system('cron_entries');
GRANT SELECT ON cron_entries TO campotech_app;
GRANT SELECT, UPDATE ON cron_entries TO campotech_system;

-- Keepers dispatch for the platform, and for nobody else.
GRANT INSERT ON tasks, task_keys TO campotech_system;
CREATE POLICY only_for_the_platform ON tasks AS RESTRICTIVE FOR INSERT TO campotech_system
  WITH CHECK (organization_id = '00000000-0000-7000-8000-000000000000');
CREATE POLICY only_for_the_platform ON task_keys AS RESTRICTIVE FOR INSERT TO campotech_system
  WITH CHECK (organization_id = '00000000-0000-7000-8000-000000000000');

-- What becomes of a partition that was kept hot for as long as it should: those to be archived
-- stay until there is an archive that has them.
ALTER TABLE partitioned_tables ADD COLUMN afterwards text NOT NULL DEFAULT 'archive'
  CHECK (afterwards IN ('archive', 'drop'));
UPDATE partitioned_tables SET afterwards = 'drop'
WHERE table_name IN ('task_history', 'organization_events');

-- Every partition with its bounds, which are what counts; its name only says them again.
CREATE VIEW partition_bounds AS
SELECT parent.relname::text AS table_name, child.relname::text AS partition,
  (regexp_match(bounds, 'FROM \(''([^'']+)''\)'))[1]::timestamptz AS starts_at,
  (regexp_match(bounds, 'TO \(''([^'']+)''\)'))[1]::timestamptz AS ends_at,
  inhdetachpending AS is_detaching
FROM partitioned_tables
JOIN pg_class AS parent ON parent.relname = table_name
  AND parent.relnamespace = 'public'::regnamespace
JOIN pg_inherits ON inhparent = parent.oid
JOIN pg_class AS child ON child.oid = inhrelid,
  pg_get_expr(child.relpartbound, child.oid) AS bounds;
GRANT SELECT ON partition_bounds TO campotech_system;

-- What may be dropped: partitions whose time is over in tables that are not archived, and tables
-- that were detached as such before and not dropped.
CREATE VIEW partitions_to_drop AS
SELECT table_name, partition, true AS is_attached, is_detaching, starts_at
FROM partition_bounds JOIN partitioned_tables USING (table_name)
WHERE afterwards = 'drop' AND ends_at <= now() - kept_hot
UNION ALL
SELECT table_name, relname::text, false, false, named.starts_at
FROM partitioned_tables
JOIN pg_class ON relkind = 'r' AND NOT relispartition AND relnamespace = 'public'::regnamespace
  AND relname ~ ('^' || table_name || '_\d{4}_\d{2}_\d{2}$'),
  LATERAL (SELECT right(relname, 10) AS day) AS suffix,
  LATERAL (SELECT to_timestamp(day, 'YYYY_MM_DD')::timestamp AT TIME ZONE 'UTC' AS starts_at)
    AS named
WHERE afterwards = 'drop' AND named.starts_at + ('1 ' || step)::interval <= now() - kept_hot;
GRANT SELECT ON partitions_to_drop TO campotech_system;

-- How far ahead each table's partitions reach without a gap, and how far they should.
CREATE VIEW partition_runways AS
SELECT table_name, COALESCE(
    (SELECT min(ends_at) FROM partition_bounds AS this
     WHERE this.table_name = rule.table_name AND ends_at > now() AND NOT is_detaching
       AND NOT EXISTS (SELECT 1 FROM partition_bounds AS following
         WHERE following.table_name = rule.table_name AND NOT following.is_detaching
           AND following.starts_at = this.ends_at)
       AND EXISTS (SELECT 1 FROM partition_bounds AS present
         WHERE present.table_name = rule.table_name AND NOT present.is_detaching
           AND present.starts_at <= now() AND present.ends_at > now())) - now(),
    interval '0') AS runway,
  now() + premake * ('1 ' || step)::interval - now() AS premade
FROM partitioned_tables AS rule;
GRANT SELECT ON partition_runways TO campotech_system;
