"""What members may do, read when a token is first seen, and what of it changed since."""

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.pools import Connection, DatabaseUnavailableError, Pool, connection_from
from adapters.postgres.reads import read_row
from domain.commands import Role
from domain.directory.standing import Bookmark, Standing, StandingNews
from domain.identifiers import MemberId, OrganizationId

# A change is stamped when it is written and seen when it is committed. No command takes longer than
# that in between, so whatever was not to be seen yet is read the next time.
LONGEST_COMMIT = timedelta(minutes=2)
MOST_NEWS = 1000

_COLUMNS = "organization_id, id, subject, roles, ended_at IS NOT NULL"
# Whoever signs in by a subject is meant before whoever has it as their id.
_STANDING = f"""
(SELECT 1, {_COLUMNS} FROM members
 WHERE organization_id = %(organization_id)s::uuid AND subject = %(subject)s)
UNION ALL
(SELECT 2, {_COLUMNS} FROM members
 WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid)
ORDER BY 1 LIMIT 1
"""
_NOW = "SELECT clock_timestamp()"
NEWS = f"""
SELECT standing_changed_at, {_COLUMNS} FROM members
WHERE (standing_changed_at, id) > (%(changed_at)s::timestamptz, %(member_id)s::uuid)
ORDER BY standing_changed_at, id LIMIT %(limit)s
"""


class PostgresStandings:
    """The domain's Standings: one by the app role, the news of all by the system role."""

    def __init__(self, app_pool: Pool, system_pool: Pool) -> None:
        self._app_pool = app_pool
        self._system_pool = system_pool

    async def standing(self, organization_id: OrganizationId, subject: str) -> Standing | None:
        bound = {"subject": subject, "id": _id_in(subject)}
        row = await read_row(self._app_pool, organization_id, _STANDING, bound)
        return None if row is None else _standing(row[1:])

    async def news(self, bookmark: Bookmark | None) -> StandingNews:
        async with connection_from(self._system_pool) as connection:
            # Before the rows: what is written in between is read the next time.
            bound = Bookmark(await _clock_of(connection) - LONGEST_COMMIT)
            if bookmark is None:
                return StandingNews((), bound)
            cursor = await connection.execute(
                NEWS.encode(), {**asdict(bookmark), "limit": MOST_NEWS}
            )
            rows = await cursor.fetchall()
        changed = tuple(_standing(row[1:]) for row in rows)
        if len(rows) < MOST_NEWS:
            return StandingNews(changed, bound)
        last = Bookmark(rows[-1][0], rows[-1][2])
        return StandingNews(changed, last, has_more=True)


async def _clock_of(connection: Connection) -> datetime:
    row = await (await connection.execute(_NOW)).fetchone()
    if row is None:
        raise DatabaseUnavailableError
    moment: datetime = row[0]
    return moment


def _id_in(subject: str) -> UUID | None:
    try:
        return UUID(subject)
    except ValueError:
        return None


def _standing(row: TupleRow) -> Standing:
    organization_id, member_id, subject, roles, is_ended = row
    return Standing(
        organization_id=OrganizationId(organization_id),
        member_id=MemberId(member_id),
        subject=subject,
        roles=frozenset(Role(role) for role in roles),
        is_ended=is_ended,
    )
