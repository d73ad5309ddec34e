"""What the directory needs from outside: a store with transactions and lists."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.commands import CommandContext, Role
from domain.directory.customer import Customer
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.identifiers import CustomerId, JobId, MemberId, OrganizationId
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

    async def organization(self) -> Organization:
        """Return the organisation, locked until the transaction ends; raise NotFoundError."""
        ...

    async def member(self, member_id: MemberId) -> Member:
        """Return a member, locked until the transaction ends; raise NotFoundError.

        Until then no other transaction changes any member of the organisation, so that two owners
        do not end each other.
        """
        ...

    async def customer(self, customer_id: CustomerId) -> Customer:
        """Return a customer, locked until the transaction ends; raise NotFoundError."""
        ...

    async def save_organization(self, before: Organization, after: Organization) -> None:
        """Store the next version of the organisation; raise WhatsAppNumberTakenError.

        Another number, or none, ends the connection of the one before: its token is forgotten.
        """
        ...

    async def save_member(self, member: Member) -> None:
        """Store the next version of a member."""
        ...

    async def save_customer(self, customer: Customer) -> None:
        """Store the next version of a customer."""
        ...

    async def has_other_owner(self, member_id: MemberId) -> bool:
        """Return whether another member who has not left is an owner."""
        ...

    async def open_jobs_of(self, member_id: MemberId) -> list[JobId]:
        """Return the oldest few of the open jobs that a technician was given.

        None are given to them while the transaction holds the member.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFilter:
    """Which members a list shall have."""

    roles: frozenset[Role] = frozenset()
    """Who has one of these; empty means anybody."""
    includes_ended: bool = False


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

    async def customer(self, organization_id: OrganizationId, customer_id: CustomerId) -> Customer:
        """Return a customer; raise NotFoundError."""
        ...

    async def members(
        self, organization_id: OrganizationId, wanted: MemberFilter, page: PageRequest
    ) -> Page[Member]:
        """Return a page of members, newest first."""
        ...

    async def customers(self, organization_id: OrganizationId, page: PageRequest) -> Page[Customer]:
        """Return a page of customers, newest first."""
        ...

    async def customers_like(
        self, organization_id: OrganizationId, query: str, page: PageRequest
    ) -> Page[Customer]:
        """Return a page of the customers in whom every word of the query is found, newest first.

        A word is the beginning of a word of name, e-mail or address, however it is accented or,
        where it sounds alike, spelt; a number is any part of phone number, document or address. If
        there is nobody, the customers most alike, the closest first, on one page.
        """
        ...
