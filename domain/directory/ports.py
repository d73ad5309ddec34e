"""What the directory needs from outside: a store with transactions and lists."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.commands import CommandContext
from domain.directory.customer import Customer
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.identifiers import CustomerId, MemberId, OrganizationId
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


class DirectoryTransaction(CommandTransaction, Protocol):
    """One command on the directory of an organisation."""

    async def found(self, organization: Organization) -> None:
        """Store a new organisation; whatever follows in this transaction belongs to it.

        Raises WhatsAppNumberTakenError.
        """
        ...

    async def add_member(self, member: Member) -> None:
        """Store a new member; raise SubjectTakenError."""
        ...

    async def add_customer(self, customer: Customer) -> None:
        """Store a new customer."""
        ...


class DirectoryStore(Protocol):
    """Organisations with their members and customers, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[DirectoryTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def organization(self, organization_id: OrganizationId) -> Organization:
        """Return an organisation; raise NotFoundError."""
        ...

    async def member(self, organization_id: OrganizationId, member_id: MemberId) -> Member:
        """Return a member; raise NotFoundError."""
        ...

    async def member_of_subject(
        self, organization_id: OrganizationId, subject: str
    ) -> MemberId | None:
        """Return the member who signs in with a subject, None if nobody does."""
        ...

    async def customer(self, organization_id: OrganizationId, customer_id: CustomerId) -> Customer:
        """Return a customer; raise NotFoundError."""
        ...

    async def members(self, organization_id: OrganizationId, page: PageRequest) -> Page[Member]:
        """Return a page of members, newest first."""
        ...

    async def customers(self, organization_id: OrganizationId, page: PageRequest) -> Page[Customer]:
        """Return a page of customers, newest first."""
        ...
