"""The cron from its entry to the end of the task, with the processes that are deployed."""

from domain.operations.task_type import Tier
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

TWENTY_MINUTES_OVERDUE = """
UPDATE cron_entries SET is_enabled = true, catch_up = 'all', schedule = '* * * * *',
  decided_until = date_trunc('minute', now()) - interval '20 minutes', next_fire_at = now()
"""
TASKS = """
SELECT payload ->> 'job', idempotency_key, state FROM (
  SELECT id, type, payload, idempotency_key, state FROM tasks
  UNION ALL SELECT id, type, payload, idempotency_key, state FROM task_history) AS task
WHERE type = 'partitions:maintain'
"""


async def test_several_keepers_fire_once_and_a_worker_maintains_the_partitions(
    platform: TaskPlatform,
) -> None:
    platform.use({"CAMPOTECH_DATABASE_DIRECT_URL": platform.database.owner_url})
    platform.use({"CAMPOTECH_CRON_SECONDS": "0.05"})
    ((old,), (archived,)) = platform.execute(
        "SELECT make_partition(name, '2001-02-03')"
        " FROM unnest(ARRAY['task_history', 'jobs']) AS name"
    )
    platform.execute(TWENTY_MINUTES_OVERDUE)

    for _ in range(3):
        platform.start_keeper()
    platform.start_worker_as_deployed(Tier.BATCH)

    assert eventually(
        lambda: [state for *_, state in platform.execute(TASKS)].count("done") >= 40,
        within_seconds=60,
    )
    tasks = platform.execute(TASKS)
    keys = [key for _, key, _ in tasks]
    assert len(keys) == len(set(keys))
    assert {job for job, *_ in tasks} == {"make", "drop"}
    found = platform.execute("SELECT to_regclass(%s), to_regclass(%s)", old, archived)
    assert found == [(None, archived)]
