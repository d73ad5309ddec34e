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

-- Marks the next tasks of a tier as pushed, and returns them in the order in which they should run:
-- of the highest priority below another one, in fair turns between organisations, by age.
--
-- A tier may have hundreds of thousands of tasks that wait, of thousands of organisations. So this
-- never looks at all of them: from a place in the circle of organisations and types it steps from one
-- to the next along an index, a bounded number of steps, and reads a few tasks of each. Settings and
-- plan are held to that, for statistics of a queue are always out of date: it was empty a moment ago.
--
-- What an organisation has in the broker already is turns it has had. Of those with equally many turns
-- the next in the circle are chosen: by age alone a hundred with old tasks would keep out all others.
--
-- No row: nothing waits below that priority. Otherwise the first row is no task: it says where the
-- steps ended, if they did not go all the way round.
CREATE FUNCTION take_task_turns(
  wanted_tier text, below_priority integer, room integer, most_steps integer,
  after_organization_id uuid, after_type text, spared interval
) RETURNS TABLE (
  organization_id uuid, id uuid, type text, tier text, crashes smallint, turn bigint, place bigint,
  priority smallint
)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  top_priority smallint;
BEGIN
  SELECT priority INTO top_priority FROM tasks
  WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier AND priority < below_priority
    AND NOT EXISTS (SELECT FROM queue_pauses WHERE queue = wanted_tier)
  ORDER BY priority DESC LIMIT 1;
  IF top_priority IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE onwards AS (
    SELECT * FROM (
      SELECT 1::bigint AS place, organization_id, type FROM tasks
      WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier
        AND priority = top_priority
        AND (organization_id, type) > (after_organization_id, after_type)
      ORDER BY organization_id, type LIMIT 1) AS first
    UNION ALL
    SELECT onwards.place + 1, next.* FROM onwards CROSS JOIN LATERAL (
      SELECT organization_id, type FROM tasks
      WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier
        AND priority = top_priority
        AND (organization_id, type) > (onwards.organization_id, onwards.type)
      ORDER BY organization_id, type LIMIT 1) AS next
    WHERE onwards.place < most_steps
  ), around AS (
    SELECT * FROM (
      SELECT 1::bigint AS place, organization_id, type FROM tasks
      WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier
        AND priority = top_priority
        AND (organization_id, type) <= (after_organization_id, after_type)
        AND (SELECT count(*) FROM onwards) < most_steps
      ORDER BY organization_id, type LIMIT 1) AS first
    UNION ALL
    SELECT around.place + 1, next.* FROM around CROSS JOIN LATERAL (
      SELECT organization_id, type FROM tasks
      WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier
        AND priority = top_priority
        AND (organization_id, type) > (around.organization_id, around.type)
        AND (organization_id, type) <= (after_organization_id, after_type)
      ORDER BY organization_id, type LIMIT 1) AS next
    WHERE around.place < most_steps - (SELECT count(*) FROM onwards)
  ), visited AS MATERIALIZED (
    SELECT place, organization_id, type FROM onwards
    UNION ALL
    SELECT place + (SELECT count(*) FROM onwards), organization_id, type FROM around
  ), pushed AS MATERIALIZED (
    SELECT organization_id, count(*) AS turns FROM tasks
    WHERE state = 'ready' AND pushed_at IS NOT NULL AND tier = wanted_tier
    GROUP BY organization_id
  ), waiting AS (
    SELECT visited.organization_id, place, task.id, task.run_at, COALESCE(pushed.turns, 0)
      + row_number() OVER (PARTITION BY visited.organization_id ORDER BY task.run_at, task.id)
      AS turn
    FROM visited CROSS JOIN LATERAL (
      SELECT id, run_at FROM tasks
      WHERE state = 'ready' AND pushed_at IS NULL AND tier = wanted_tier
        AND priority = top_priority
        AND organization_id = visited.organization_id AND type = visited.type
        AND run_at <= now() AND created_at < now() - spared
      ORDER BY run_at LIMIT (SELECT 1 + 2 * room / GREATEST(1, count(*)) FROM visited)
    ) AS task
    LEFT JOIN pushed ON pushed.organization_id = visited.organization_id
    WHERE visited.type NOT IN (SELECT queue FROM queue_pauses)
  ), chosen AS (
    SELECT organization_id, id, turn, place FROM waiting
    ORDER BY turn, place, run_at, id LIMIT room
  ), taken AS (
    -- Said in a way that fits the primary key and no partial index.
    SELECT chosen.* FROM chosen CROSS JOIN LATERAL (
      SELECT FROM tasks
      WHERE organization_id = chosen.organization_id AND id = chosen.id AND state = 'ready'
        AND COALESCE(pushed_at, '-infinity') = '-infinity'
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS task
  ), marked AS (
    UPDATE tasks AS task SET pushed_at = now() FROM taken
    WHERE task.organization_id = taken.organization_id AND task.id = taken.id
    RETURNING task.organization_id, task.id, task.type, task.tier, task.crashes, task.run_at,
      taken.turn, taken.place
  ), told AS (
    SELECT walk.organization_id, NULL::uuid AS id, walk.type, NULL AS tier, NULL::smallint AS crashes,
      NULL::bigint AS turn, walk.place, NULL::timestamptz AS run_at
    FROM (SELECT count(*) AS steps FROM visited) AS counted
    LEFT JOIN visited AS walk ON counted.steps >= most_steps AND walk.place = counted.steps
    UNION ALL
    SELECT organization_id, id, type, tier, crashes, turn, place, run_at FROM marked
  )
  SELECT organization_id, id, type, tier, crashes, turn, place, top_priority FROM told
  ORDER BY turn NULLS FIRST, run_at, id;
END $$;
REVOKE EXECUTE ON FUNCTION take_task_turns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_task_turns TO campotech_system;
