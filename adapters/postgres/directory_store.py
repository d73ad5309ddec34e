"""Organisations, members and customers in Postgres."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from psycopg import errors
from psycopg.rows import TupleRow

from adapters.postgres.directory_rows import (
    CUSTOMER_COLUMNS,
    MEMBER_COLUMNS,
    ORGANIZATION_COLUMNS,
    customer_from_row,
    customer_parameters,
    member_from_row,
    member_parameters,
    organization_from_row,
    organization_parameters,
)
from adapters.postgres.reads import SET_ORGANIZATION, read_row, read_rows
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.directory.customer import Customer
from domain.directory.member import Member, SubjectTakenError
from domain.directory.organization import Organization, WhatsAppNumberTakenError
from domain.directory.ports import DirectoryTransaction
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, MemberId, OrganizationId
from domain.pages import Page, PageRequest

Item = TypeVar("Item", Member, Customer)


class PostgresDirectoryTransaction(PostgresTransaction):
    """The domain's DirectoryTransaction."""

    async def found(self, organization: Organization) -> None:
        # From here on the new organisation is the tenant: its audit row is its own.
        self._context = replace(self._context, organization_id=organization.id)
        await self._connection.execute(
            SET_ORGANIZATION.encode(), {"organization_id": str(organization.id)}
        )
        row = organization_parameters(organization)
        await self._connection.execute(_insert("organizations", ORGANIZATION_COLUMNS), row)
        if organization.whatsapp_phone_number_id:
            await self._take_whatsapp_number(organization.whatsapp_phone_number_id, row)

    async def _take_whatsapp_number(self, phone_number_id: str, row: dict[str, object]) -> None:
        try:
            await self._connection.execute(
                _insert("whatsapp_numbers", "phone_number_id, organization_id"),
                {**row, "phone_number_id": phone_number_id},
            )
        except errors.UniqueViolation as error:
            raise WhatsAppNumberTakenError(phone_number_id) from error

    async def add_member(self, member: Member) -> None:
        try:
            await self._connection.execute(
                _insert("members", MEMBER_COLUMNS), member_parameters(member)
            )
        except errors.UniqueViolation as error:
            raise SubjectTakenError(member.subject) from error

    async def add_customer(self, customer: Customer) -> None:
        await self._connection.execute(
            _insert("customers", CUSTOMER_COLUMNS), customer_parameters(customer)
        )


class PostgresDirectoryStore:
    """The domain's DirectoryStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[DirectoryTransaction]:
        async with self._opener.open(context, PostgresDirectoryTransaction) as transaction:
            yield transaction

    async def organization(self, organization_id: OrganizationId) -> Organization:
        row = await read_row(
            self._pool,
            organization_id,
            f"SELECT {ORGANIZATION_COLUMNS} FROM organizations"
            " WHERE organization_id = %(organization_id)s::uuid",
            {},
        )
        if row is None:
            raise NotFoundError("organization", organization_id)
        return organization_from_row(row)

    async def member(self, organization_id: OrganizationId, member_id: MemberId) -> Member:
        query = _select_one("members", MEMBER_COLUMNS)
        row = await read_row(self._pool, organization_id, query, {"id": member_id})
        if row is None:
            raise NotFoundError("member", member_id)
        return member_from_row(row)

    async def member_of_subject(
        self, organization_id: OrganizationId, subject: str
    ) -> MemberId | None:
        row = await read_row(
            self._pool,
            organization_id,
            "SELECT id FROM members"
            " WHERE organization_id = %(organization_id)s::uuid AND subject = %(subject)s",
            {"subject": subject},
        )
        return None if row is None else MemberId(row[0])

    async def customer(self, organization_id: OrganizationId, customer_id: CustomerId) -> Customer:
        query = _select_one("customers", CUSTOMER_COLUMNS)
        row = await read_row(self._pool, organization_id, query, {"id": customer_id})
        if row is None:
            raise NotFoundError("customer", customer_id)
        return customer_from_row(row)

    async def members(self, organization_id: OrganizationId, page: PageRequest) -> Page[Member]:
        query = _select_page("members", MEMBER_COLUMNS)
        return await self._page(organization_id, query, page, member_from_row)

    async def customers(self, organization_id: OrganizationId, page: PageRequest) -> Page[Customer]:
        query = _select_page("customers", CUSTOMER_COLUMNS)
        return await self._page(organization_id, query, page, customer_from_row)

    async def _page(
        self,
        organization_id: OrganizationId,
        query: str,
        page: PageRequest,
        from_row: Callable[[TupleRow], Item],
    ) -> Page[Item]:
        bound = {"after": page.after or _LAST_ID, "limit": page.size + 1}
        rows = await read_rows(self._pool, organization_id, query, bound)
        items = tuple(from_row(row) for row in rows[: page.size])
        return Page(items, items[-1].id if len(rows) > page.size else None)


_LAST_ID = UUID(int=(1 << 128) - 1)


def _insert(table: str, columns: str) -> bytes:
    values = ", ".join(f"%({name.strip()})s" for name in columns.split(","))
    return f"INSERT INTO {table} ({columns}) VALUES ({values})".encode()


def _select_one(table: str, columns: str) -> str:
    return (
        f"SELECT {columns} FROM {table}"
        " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid"
    )


def _select_page(table: str, columns: str) -> str:
    return (
        f"SELECT {columns} FROM {table}"
        " WHERE organization_id = %(organization_id)s::uuid AND id < %(after)s::uuid"
        " ORDER BY id DESC LIMIT %(limit)s"
    )
