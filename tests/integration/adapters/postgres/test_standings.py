"""Standings on a real Postgres: of one by the app role, the news of all by the system role."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest

from adapters.postgres.directory_store import PostgresDirectoryStore
from adapters.postgres.pools import create_pool
from adapters.postgres.standings import LONGEST_COMMIT, MOST_NEWS, NEWS, PostgresStandings
from domain.commands import Role
from domain.directory.member import Member
from domain.directory.standing import Bookmark, Standing
from domain.directory.use_cases.end_member import EndMember, end_member
from domain.identifiers import OrganizationId
from tests.support.builders import a_context
from tests.support.clocks import StoppedClock, new_id
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

FILL = """
INSERT INTO members (organization_id, id, created_at, display_name, email, phone_number, roles,
  subject, version, updated_at, standing_changed_at)
SELECT %(organization_id)s, id, uuid_extract_timestamp(id), 'x', '', '', ARRAY['technician'],
  id::text, 1, now(), %(changed_at)s
FROM unnest(%(ids)s::uuid[]) AS id
"""


@dataclass(frozen=True, slots=True)
class Rig:
    standings: PostgresStandings
    directory: PostgresDirectoryStore
    tenants: Tenants

    async def all_news(self, bookmark: Bookmark) -> list[Standing]:
        changed: list[Standing] = []
        while True:
            news = await self.standings.news(bookmark)
            changed.extend(news.changed)
            bookmark = news.bookmark
            if not news.has_more:
                return changed


@asynccontextmanager
async def rig_on(database: Database) -> AsyncIterator[Rig]:
    system_pool = create_pool(database.system_url, name="test", max_size=2)
    await system_pool.open()
    try:
        async with open_transactions(database) as opener:
            yield Rig(
                PostgresStandings(opener.pool, system_pool),
                PostgresDirectoryStore(opener),
                Tenants(opener),
            )
    finally:
        await system_pool.close()


@pytest.fixture
async def rig(database: Database) -> AsyncIterator[Rig]:
    async with rig_on(database) as running:
        yield running


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


def standing_of(member: Member, *, is_ended: bool = False) -> Standing:
    return Standing(
        organization_id=member.organization_id,
        member_id=member.id,
        subject=member.subject,
        roles=member.roles,
        is_ended=is_ended,
    )


async def end(rig: Rig, member: Member) -> None:
    context = a_context(member.organization_id)
    command = EndMember(member_id=member.id)
    await end_member(rig.directory, StoppedClock(), context=context, command=command)


async def first_bookmark(rig: Rig) -> Bookmark:
    return (await rig.standings.news(None)).bookmark


async def test_a_member_is_known_by_subject_and_by_id_in_their_organisation_alone(
    rig: Rig,
) -> None:
    own, other = (await rig.tenants.organization()).id, (await rig.tenants.organization()).id
    member = await rig.tenants.member(own, subject="auth0|7", roles=frozenset({Role.DISPATCHER}))

    found = [
        await rig.standings.standing(organization_id, subject)
        for organization_id in (own, other)
        for subject in ("auth0|7", str(member.id), "nobody")
    ]

    known = standing_of(member)
    assert found == [known, known, None, None, None, None]


async def test_a_subject_counts_before_an_id(rig: Rig) -> None:
    organization_id = (await rig.tenants.organization()).id
    first = await rig.tenants.member(organization_id, subject="auth0|7")
    second = await rig.tenants.member(organization_id, subject=str(first.id))

    found = await rig.standings.standing(organization_id, str(first.id))

    assert found == standing_of(second)


async def test_who_is_ended_is_news_for_everybody(rig: Rig) -> None:
    member = await rig.tenants.member((await rig.tenants.organization()).id)
    bookmark = await first_bookmark(rig)
    await end(rig, member)

    news = await rig.all_news(bookmark)

    assert standing_of(member, is_ended=True) in news
    assert await rig.standings.standing(member.organization_id, member.subject) == standing_of(
        member, is_ended=True
    )


async def test_a_change_that_is_committed_late_is_told_all_the_same(
    rig: Rig, superuser: psycopg.Connection
) -> None:
    member = await rig.tenants.member((await rig.tenants.organization()).id)
    bookmark = await first_bookmark(rig)
    with superuser.transaction():
        superuser.execute(
            "UPDATE members SET roles = ARRAY['owner'], standing_changed_at = clock_timestamp()"
            " WHERE id = %s",
            [member.id],
        )
        between = await rig.standings.news(bookmark)

    news = await rig.all_news(between.bookmark)

    roles = {each.member_id: each.roles for each in news}
    assert roles[member.id] == {Role.OWNER}


async def test_what_is_older_than_any_commit_takes_is_told_no_more(
    rig: Rig, superuser: psycopg.Connection
) -> None:
    member = await rig.tenants.member((await rig.tenants.organization()).id)
    superuser.execute(
        "UPDATE members SET standing_changed_at = clock_timestamp() - %s",
        [LONGEST_COMMIT + timedelta(seconds=5)],
    )

    news = await rig.all_news(await first_bookmark(rig))

    assert member.id not in {each.member_id for each in news}


async def test_more_news_than_a_page_holds_is_told_page_by_page(
    rig: Rig, superuser: psycopg.Connection
) -> None:
    organization_id = (await rig.tenants.organization()).id
    bookmark = await first_bookmark(rig)
    count = 2 * MOST_NEWS + 1
    fill(superuser, organization_id, count, changed_ago=timedelta(seconds=1))

    news = await rig.all_news(bookmark)

    assert len(news) == len({each.member_id for each in news}) == count


async def test_the_news_is_read_from_its_index(
    rig: Rig, database: Database, superuser: psycopg.Connection
) -> None:
    organization_id = (await rig.tenants.organization()).id
    fill(superuser, organization_id, 5000, changed_ago=timedelta(days=1))
    superuser.execute("ANALYZE members")
    bookmark = await first_bookmark(rig)

    with psycopg.connect(database.system_url, cursor_factory=psycopg.ClientCursor) as connection:
        plan = connection.execute(
            f"EXPLAIN {NEWS}".encode(),
            {"changed_at": bookmark.changed_at, "member_id": bookmark.member_id, "limit": 1000},
        ).fetchall()

    assert "members_by_standing_change" in str(plan)
    assert "Seq Scan" not in str(plan)


def fill(
    superuser: psycopg.Connection,
    organization_id: OrganizationId,
    count: int,
    *,
    changed_ago: timedelta,
) -> None:
    moment = superuser.execute("SELECT clock_timestamp()").fetchone()
    assert moment is not None
    superuser.execute(
        FILL,
        {
            "organization_id": organization_id,
            "changed_at": moment[0] - changed_ago,
            "ids": [new_id() for _ in range(count)],
        },
    )
