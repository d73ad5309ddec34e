"""Lists over partitioned tables: newest first, window by window, never past their bounds.

The row comparison of a keyset does not prune partitions; plain bounds on `created_at` do. So a
list reads a window of time, and steps back to an older, wider one only while the page has room.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_rows
from domain.identifiers import OrganizationId, birth_time, has_birth_time
from domain.pages import PageRequest

FIRST_WINDOW = timedelta(days=31)
OLDEST = timedelta(days=731)
"""How far back a list goes by itself: what is older than the hot partitions is in archives."""
_CLOCK_SKEW = timedelta(minutes=5)

_PAGE = """{select}
WHERE organization_id = %(organization_id)s::uuid
  AND created_at >= %(window_start)s AND created_at < %(window_end)s{conditions}{keyset}
ORDER BY created_at DESC, id DESC LIMIT %(limit)s"""
_KEYSET = " AND (created_at, id) < (uuid_extract_timestamp(%(after)s::uuid), %(after)s::uuid)"


async def list_newest_first(
    pool: Pool,
    organization_id: OrganizationId,
    *,
    select: str,
    conditions: str,
    parameters: dict[str, object],
    page: PageRequest,
    since: datetime | None,
    until: datetime | None,
) -> tuple[list[TupleRow], UUID | None]:
    """Return a page of rows (their second column is the id) and where the next page begins.

    `conditions` is SQL of ours beginning with AND; values are bound from `parameters`.
    """
    query = page_query(select, conditions, page)
    rows: list[TupleRow] = []
    for start, end in windows(organization_id, page=page, since=since, until=until):
        bound = {
            **parameters,
            "after": page.after,
            "window_start": start,
            "window_end": end,
            "limit": page.size + 1 - len(rows),
        }
        rows.extend(await read_rows(pool, organization_id, query, bound))
        if len(rows) > page.size:
            return rows[: page.size], UUID(str(rows[page.size - 1][1]))
    return rows, None


def page_query(select: str, conditions: str, page: PageRequest) -> str:
    """Return the statement that reads a page within one window."""
    return _PAGE.format(select=select, conditions=conditions, keyset=_KEYSET if page.after else "")


def windows(
    organization_id: OrganizationId,
    *,
    page: PageRequest,
    since: datetime | None,
    until: datetime | None,
    now: datetime | None = None,
) -> Iterator[tuple[datetime, datetime]]:
    """Yield windows of time, newest first and each twice as wide, down to the list's bound.

    Nothing of an organisation is older than the organisation, whose id holds its birth.
    """
    if not has_birth_time(organization_id):
        return
    today = now or datetime.now(UTC)
    newest = today + _CLOCK_SKEW
    if page.after is not None:
        newest = min(newest, birth_time(page.after) + timedelta(milliseconds=1))
    if until is not None:
        newest = min(newest, until)
    oldest = max(today - OLDEST, birth_time(organization_id))
    if since is not None:
        oldest = max(oldest, since)
    width = FIRST_WINDOW
    while newest > oldest:
        start = max(oldest, newest - width)
        yield start, newest
        newest, width = start, width * 2
