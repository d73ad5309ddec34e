-- Dead tasks: found by what they died of, and given fresh attempts when somebody retries them.

-- What the task died of, without what varies from task to task.
ALTER TABLE tasks ADD COLUMN error_fingerprint text;
ALTER TABLE task_history ADD COLUMN error_fingerprint text;
-- How many of its attempts a retry has forgiven: they count against the limit no longer.
ALTER TABLE tasks ADD COLUMN forgiven smallint NOT NULL DEFAULT 0;

-- Nobody knows by now what earlier ones died of: each type is one group.
UPDATE tasks SET error_fingerprint = left(encode(sha256(convert_to(type, 'UTF8')), 'hex'), 16)
WHERE state = 'dead';

CREATE INDEX tasks_dead ON tasks (organization_id, id) WHERE state = 'dead';
