"""Takes tasks in fair turns, and remembers where in the circle of organisations a turn ended.

How the next ones are found stands in the database, as the function `take_task_turns`.
"""

from collections.abc import Sequence
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

TAKE_TURNS = """
SELECT organization_id, id, type, tier, crashes, turn, place, priority
FROM take_task_turns(%(tier)s, %(below)s, %(room)s, %(steps)s, %(after)s, %(after_type)s,
  %(spared)s * interval '1 second')
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the circle a turn ended: an organisation and a type of its tasks."""

    organization_id: UUID
    type: str


_START = _Place(UUID(int=0), "")


class TaskTurns:
    """The turns of one keeper. That another one knows nothing of them is no loss."""

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
            room = limit - len(taken)
            cursor = await connection.execute(
                TAKE_TURNS.encode(), self._bound(tier, room, below, spared_seconds=spared_seconds)
            )
            rows = await cursor.fetchall()
            if not rows:
                break
            (ended_at, _, type_at, *_, priority), *found = rows
            taken.extend(row[:5] for row in found)
            if len(found) == room:
                last = max(found, key=lambda row: row[5:7])
                self._places[tier] = _Place(last[0], last[2])
                break
            if ended_at is not None:
                self._places[tier] = _Place(ended_at, type_at)
            elif not found:
                below = priority
        return taken

    def _bound(
        self, tier: Tier, room: int, below: int, *, spared_seconds: float
    ) -> dict[str, object]:
        after = self._places[tier]
        return {
            "tier": tier.value,
            "below": below,
            "room": room,
            "steps": room + STEPS_BESIDE_ROOM,
            "after": after.organization_id,
            "after_type": after.type,
            "spared": spared_seconds,
        }
