"""Counting what happens to tasks, in the statement or the transaction in which it happens."""

# Goes behind the CTE that made the tasks of a command; most commands make one, and grouping that
# costs as much again as writing it.
_COUNT_EACH = """
INSERT INTO queue_counts (organization_id, type, tier, dispatched)
SELECT %(organization_id)s, type, tier, {count} FROM inserted
"""
COUNT_ONE_DISPATCHED = _COUNT_EACH.format(count=1)
COUNT_DISPATCHED = _COUNT_EACH.format(count="count(*)") + "GROUP BY type, tier"

# Repeats are rare, and most dispatches are spared the cost of looking for them.
COUNT_DUPLICATES = """
INSERT INTO queue_counts (organization_id, type, tier, duplicates)
SELECT %(organization_id)s, type, tier, count(*)
FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(tiers)s::text[]) AS wanted (id, type, tier)
WHERE id <> ALL(%(inserted_ids)s::uuid[]) GROUP BY type, tier
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

COUNT_DIED = f"""
INSERT INTO queue_counts (organization_id, type, tier, died)
SELECT {_PLATFORM}, type, tier, count(*) FROM died GROUP BY type, tier
"""
