"""Stores on a test's own database, and what it takes to fill them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.clock import Uuid7Source
from adapters.postgres.directory_store import PostgresDirectoryStore
from adapters.postgres.pools import create_pool
from adapters.postgres.transactions import TransactionOpener
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.directory.customer import Customer
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.identifiers import PLATFORM_ORGANIZATION_ID, OrganizationId
from domain.operations.task import ReadyTask
from tests.support.builders import a_context, a_customer, a_member, an_organization
from tests.support.servers import Database


class NotedHints:
    """The hints given after commits, for a test to look at."""

    def __init__(self) -> None:
        self.tasks: list[ReadyTask] = []
        self.organizations: list[OrganizationId] = []

    def tasks_ready(self, tasks: Sequence[ReadyTask]) -> None:
        self.tasks.extend(tasks)

    def events_published(self, organization_id: OrganizationId) -> None:
        self.organizations.append(organization_id)


@asynccontextmanager
async def open_transactions(
    database: Database, hints: NotedHints | None = None
) -> AsyncIterator[TransactionOpener]:
    """Yield the way to transactions of the app role on a test's database."""
    pool = create_pool(database.app_url, name="test", max_size=4)
    await pool.open()
    try:
        yield TransactionOpener(pool, Uuid7Source(), hints or NotedHints())
    finally:
        await pool.close()


class Tenants:
    """Makes organisations and the people in them."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._directory = PostgresDirectoryStore(opener)

    async def organization(self, **particular: object) -> Organization:
        organization = an_organization(**particular)
        platform = CommandContext(
            organization_id=PLATFORM_ORGANIZATION_ID, actor=PLATFORM_ACTOR, correlation_id="test"
        )
        async with self._directory.transaction(platform) as transaction:
            await transaction.found(organization)
        return organization

    async def member(self, organization_id: OrganizationId, **particular: object) -> Member:
        member = a_member(organization_id, **particular)
        async with self._directory.transaction(a_context(organization_id)) as transaction:
            await transaction.add_member(member)
        return member

    async def customer(self, organization_id: OrganizationId, **particular: object) -> Customer:
        customer = a_customer(organization_id, **particular)
        async with self._directory.transaction(a_context(organization_id)) as transaction:
            await transaction.add_customer(customer)
        return customer
