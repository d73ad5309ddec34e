-- The ledger in full: fair turns between organisations, deadlines, and paused queues.

-- Priority first, then a circle of organisations to step along, and each one's oldest of a type.
CREATE INDEX tasks_in_turn ON tasks (tier, priority, organization_id, type, run_at)
  WHERE state = 'ready' AND pushed_at IS NULL;
DROP INDEX tasks_to_push;

-- Until when a task is worth starting, and how long that was from when it could first start: what a
-- retry of the dead task is given anew.
ALTER TABLE tasks ADD COLUMN deadline timestamptz, ADD COLUMN time_to_deadline interval;
ALTER TABLE task_history ADD COLUMN deadline timestamptz;
CREATE INDEX tasks_by_deadline ON tasks (deadline)
  WHERE deadline IS NOT NULL AND state IN ('ready', 'scheduled', 'parked');

-- Tiers and types of tasks of which nothing is started for now: the platform's, for all tenants.
CREATE TABLE queue_pauses (
  organization_id uuid NOT NULL
    CHECK (organization_id = '00000000-0000-7000-8000-000000000000'),
  queue text NOT NULL,
  reason text NOT NULL,
  actor text NOT NULL,
  paused_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, queue)
);
CALL protect_tenant_table('queue_pauses');
CALL open_table_to_system('queue_pauses');
GRANT SELECT, INSERT, DELETE ON queue_pauses TO campotech_app;
GRANT SELECT ON queue_pauses TO campotech_system;
