"""Counting what happens to tasks, in the statement or the transaction in which it happens."""

# Goes behind the CTE that made the tasks of a command; `wanted` is what the command asked for.
COUNT_DISPATCHED = """
INSERT INTO queue_counts (organization_id, type, tier, dispatched, duplicates)
SELECT %(organization_id)s, wanted.type, wanted.tier, count(inserted.id),
  count(*) - count(inserted.id)
FROM wanted LEFT JOIN inserted ON inserted.id = wanted.id GROUP BY wanted.type, wanted.tier
"""

_PLATFORM = "'00000000-0000-7000-8000-000000000000'::uuid"

# A task is history once: this is what is sure to count it once, whoever was killed.
COUNT_FINISHED = f"""
INSERT INTO queue_counts (organization_id, counted_at, type, tier, finished)
SELECT {_PLATFORM}, date_trunc('minute', finished_at), type, tier, count(*)
FROM moved WHERE state = 'done' GROUP BY 2, 3, 4
"""

COUNT_REAPED = f"""
INSERT INTO queue_counts (organization_id, type, tier, stalled, died)
SELECT {_PLATFORM}, type, tier, count(*), count(*) FILTER (WHERE state = 'dead')
FROM reaped GROUP BY type, tier
"""
