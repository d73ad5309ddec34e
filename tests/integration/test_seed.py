"""The demo organisation is there after `campotech up`, however often it starts."""

from adapters.postgres.directory_store import PostgresDirectoryStore
from cli.seed import DEMO_ORGANIZATION_ID, seed_demo_organization
from domain.directory.ports import MemberFilter
from domain.pages import PageRequest
from tests.support.postgres_stores import open_transactions
from tests.support.servers import Database


async def test_seeding_twice_stores_the_demo_organisation_once(database: Database) -> None:
    made = [await seed_demo_organization(database.app_url) for _ in range(2)]

    assert made == [True, False]
    async with open_transactions(database) as opener:
        directory = PostgresDirectoryStore(opener)
        organization = await directory.organization(DEMO_ORGANIZATION_ID)
        members = await directory.members(DEMO_ORGANIZATION_ID, MemberFilter(), PageRequest())
    assert organization.fiscal_profile is not None
    assert len(members.items) == 4
