"""The numbered feed of events of an organisation, as streams read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_row, read_rows
from domain.identifiers import MemberId, OrganizationId
from domain.jobs.events import TAKEN_FROM, CursorExpiredError

_LAST_NUMBER = (
    "SELECT last_number FROM organization_event_counters"
    " WHERE organization_id = %(organization_id)s::uuid"
)
# One statement, so that the newest number and the events are of one moment.
_AFTER = f"""
SELECT counter.last_number, event.number, event.type, event.subject_id, event.occurred_at,
  event.actor, (event.details ->> '{TAKEN_FROM}')::uuid
FROM (SELECT COALESCE(max(last_number), 0) AS last_number FROM organization_event_counters
      WHERE organization_id = %(organization_id)s::uuid) AS counter
LEFT JOIN LATERAL (
  SELECT number, type, subject_id, occurred_at, actor, details FROM organization_events
  WHERE organization_id = %(organization_id)s::uuid AND number > %(after)s
  ORDER BY number LIMIT %(limit)s) AS event ON true
ORDER BY event.number
"""


@dataclass(frozen=True, slots=True)
class EventRow:
    number: int
    type: str
    subject_id: UUID
    occurred_at: datetime
    actor: str
    taken_from: MemberId | None


async def last_event_number(pool: Pool, organization_id: OrganizationId) -> int:
    """Return the number of the organisation's newest event, 0 if it has none."""
    row = await read_row(pool, organization_id, _LAST_NUMBER, {})
    return int(row[0]) if row else 0


async def read_events(
    pool: Pool, organization_id: OrganizationId, *, after: int, limit: int
) -> list[EventRow]:
    """Return the next events in order; raise CursorExpiredError where the feed cannot go on.

    Numbers have no gaps: a feed that does not continue with the next one has lost its start to
    the partitions' end of life, and a cursor past the newest number is of another feed.
    """
    rows = await read_rows(pool, organization_id, _AFTER, {"after": after, "limit": limit})
    newest = int(rows[0][0])
    events = [EventRow(*row[1:]) for row in rows if row[1] is not None]
    is_continued = events[0].number == after + 1 if events else newest == after
    if not is_continued:
        raise CursorExpiredError(after, events[0].number - 1 if events else newest)
    return events
