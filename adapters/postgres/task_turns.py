"""Whose task is next: by priority, then in fair turns between organisations, then by age.

Of those with equally many turns the next in the circle are chosen, and run by age. By age alone a
hundred organisations with old tasks would keep out all others.

A tier may have hundreds of thousands of tasks that wait, of thousands of organisations. So nothing
here looks at all of them: from a place in the circle of organisations it steps from one to the next
along an index, a bounded number of steps, and reads a few tasks of each. The next turn begins where
this one ended, so nobody is passed over for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.pools import Connection
from domain.operations.task_type import Tier

ABOVE_ALL = 1 << 15
"""Higher than any priority that the ledger can hold."""
MOST_ROUNDS = 8
"""How often one call goes round, where some have few tasks and others could have more turns."""
STEPS_BESIDE_ROOM = 50
"""How many more are looked at than there is room for, to find those with the fewest turns."""

_UNPUSHED = """
  state = 'ready' AND pushed_at IS NULL AND tier = %(tier)s
"""

_FIRST_STEP = f"""
  SELECT * FROM (
    SELECT 1 AS place, organization_id, type FROM tasks
    WHERE {_UNPUSHED} AND priority = (SELECT priority FROM top) {{bounds}}
    ORDER BY organization_id, type LIMIT 1) AS first
"""
_NEXT_STEP = f"""
  SELECT {{steps}}.place + 1, next.* FROM {{steps}} CROSS JOIN LATERAL (
    SELECT organization_id, type FROM tasks
    WHERE {_UNPUSHED} AND priority = (SELECT priority FROM top) {{bounds}}
      AND (organization_id, type) > ({{steps}}.organization_id, {{steps}}.type)
    ORDER BY organization_id, type LIMIT 1) AS next
  WHERE {{steps}}.place < {{most}}
"""


def _steps(name: str, *, bounds: str, most: str) -> str:
    first = _FIRST_STEP.format(bounds=bounds)
    following = _NEXT_STEP.format(steps=name, bounds=bounds, most=most)
    return f"{name} AS ({first} UNION ALL {following})"


_ONWARDS = _steps(
    "onwards",
    bounds="AND (organization_id, type) > (%(after)s::uuid, %(after_type)s)",
    most="%(steps)s",
)
_AROUND = _steps(
    "around",
    bounds="AND (organization_id, type) <= (%(after)s::uuid, %(after_type)s)",
    most="%(steps)s - (SELECT count(*) FROM onwards)",
)

# Tasks that an organisation has in the broker already are turns that it has had.
TAKE_TURNS = f"""
WITH RECURSIVE top AS MATERIALIZED (
  SELECT priority FROM tasks WHERE {_UNPUSHED} AND priority < %(below)s
    AND NOT EXISTS (SELECT FROM queue_pauses WHERE queue = %(tier)s)
  ORDER BY priority DESC LIMIT 1
), {_ONWARDS}, {_AROUND}, visited AS MATERIALIZED (
  SELECT place, organization_id, type FROM onwards
  UNION ALL
  SELECT place + (SELECT count(*) FROM onwards), organization_id, type FROM around
  WHERE place <= %(steps)s - (SELECT count(*) FROM onwards)
), pushed AS MATERIALIZED (
  SELECT organization_id, count(*) AS turns FROM tasks
  WHERE state = 'ready' AND pushed_at IS NOT NULL AND tier = %(tier)s GROUP BY organization_id
), waiting AS (
  SELECT visited.organization_id, place, task.id, task.run_at, COALESCE(pushed.turns, 0)
    + row_number() OVER (PARTITION BY visited.organization_id ORDER BY task.run_at, task.id)
    AS turn
  FROM visited CROSS JOIN LATERAL (
    SELECT id, run_at FROM tasks
    WHERE {_UNPUSHED} AND priority = (SELECT priority FROM top)
      AND organization_id = visited.organization_id AND type = visited.type
      AND run_at <= now() AND created_at < now() - %(spared)s * interval '1 second'
    ORDER BY run_at LIMIT (SELECT 1 + 2 * %(limit)s / GREATEST(1, count(*)) FROM visited)
  ) AS task
  LEFT JOIN pushed USING (organization_id)
  WHERE visited.type NOT IN (SELECT queue FROM queue_pauses)
), chosen AS (
  SELECT organization_id, id, turn, place FROM waiting
  ORDER BY turn, place, run_at, id LIMIT %(limit)s
), taken AS (
  SELECT organization_id, id, turn, place FROM chosen JOIN tasks AS task USING (organization_id, id)
  WHERE task.state = 'ready' AND task.pushed_at IS NULL
  FOR NO KEY UPDATE OF task SKIP LOCKED
), marked AS (
  UPDATE tasks AS task SET pushed_at = now() FROM taken
  WHERE task.organization_id = taken.organization_id AND task.id = taken.id
  RETURNING task.organization_id, task.id, task.type, task.tier, task.crashes, task.run_at,
    taken.turn, taken.place
)
SELECT marked.organization_id, marked.id, marked.type, marked.tier, marked.crashes,
  marked.turn, marked.place, (SELECT priority FROM top), last.organization_id, last.type
FROM (SELECT count(*) AS steps FROM visited) AS walk
LEFT JOIN visited AS last ON walk.steps >= %(steps)s AND last.place = walk.steps
LEFT JOIN marked ON true
ORDER BY marked.turn, marked.run_at, marked.id
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the circle a turn ended: an organisation and a type of its tasks."""

    organization_id: UUID
    type: str


_START = _Place(UUID(int=0), "")


class TaskTurns:
    """Takes tasks in fair turns, and remembers where each tier's last turn ended.

    It is no loss when that is forgotten: the circle is begun anew.
    """

    def __init__(self) -> None:
        self._places = dict.fromkeys(Tier, _START)

    async def take(
        self, connection: Connection, tier: Tier, limit: int, *, spared_seconds: float
    ) -> Sequence[TupleRow]:
        """Mark tasks as pushed and return their organisation, id, type, tier and crashes.

        Those that were dispatched less than so many seconds ago are left alone.
        """
        taken: list[TupleRow] = []
        below = ABOVE_ALL
        for _ in range(MOST_ROUNDS):
            bound = {"below": below, "limit": limit - len(taken), "spared": spared_seconds}
            rows = await self._round(connection, tier, bound)
            *_, priority, ended_at, type_at = rows[0]
            found = [row for row in rows if row[0] is not None]
            taken.extend(row[:5] for row in found)
            if len(taken) == limit:
                last = max(found, key=lambda row: row[5:7])
                self._places[tier] = _Place(last[0], last[2])
            elif ended_at is not None:
                self._places[tier] = _Place(ended_at, type_at)
            if priority is None or len(taken) == limit:
                break
            if not found and ended_at is None:
                below = priority
        return taken

    async def _round(
        self, connection: Connection, tier: Tier, bound: Mapping[str, float]
    ) -> Sequence[TupleRow]:
        """Return what was taken, one row at least; each says at its end where the round ended."""
        after = self._places[tier]
        cursor = await connection.execute(
            TAKE_TURNS.encode(),
            {
                **bound,
                "tier": tier.value,
                "steps": bound["limit"] + STEPS_BESIDE_ROOM,
                "after": after.organization_id,
                "after_type": after.type,
            },
        )
        return await cursor.fetchall()
