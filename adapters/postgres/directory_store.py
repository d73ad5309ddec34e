"""Organisations, members and customers in Postgres."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from psycopg.rows import TupleRow

from adapters.postgres.directory_rows import (
    CUSTOMER_COLUMNS,
    MEMBER_COLUMNS,
    ORGANIZATION_COLUMNS,
    customer_from_row,
    member_from_row,
    organization_from_row,
)
from adapters.postgres.directory_statements import select_one
from adapters.postgres.directory_transaction import PostgresDirectoryTransaction
from adapters.postgres.reads import read_row, read_rows
from adapters.postgres.transactions import TransactionOpener
from domain.commands import CommandContext
from domain.directory.customer import Customer
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.directory.ports import DirectoryTransaction, MemberFilter
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, MemberId, OrganizationId
from domain.pages import Page, PageRequest

Item = TypeVar("Item", Member, Customer)

_CUSTOMERS_LIKE = f"""
SELECT is_alike, {", ".join(f"customers.{name.strip()}" for name in CUSTOMER_COLUMNS.split(","))}
FROM search_customers(%(query)s, %(after)s::uuid, %(limit)s)
  WITH ORDINALITY AS found (customer_id, is_alike, position)
JOIN customers ON organization_id = %(organization_id)s::uuid AND id = customer_id
ORDER BY position
"""


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
        query = select_one("members", MEMBER_COLUMNS)
        row = await read_row(self._pool, organization_id, query, {"id": member_id})
        if row is None:
            raise NotFoundError("member", member_id)
        return member_from_row(row)

    async def customer(self, organization_id: OrganizationId, customer_id: CustomerId) -> Customer:
        query = select_one("customers", CUSTOMER_COLUMNS)
        row = await read_row(self._pool, organization_id, query, {"id": customer_id})
        if row is None:
            raise NotFoundError("customer", customer_id)
        return customer_from_row(row)

    async def members(
        self, organization_id: OrganizationId, wanted: MemberFilter, page: PageRequest
    ) -> Page[Member]:
        conditions = "" if wanted.includes_ended else " AND ended_at IS NULL"
        if wanted.roles:
            conditions += " AND roles && %(roles)s::text[]"
        query = _select_page("members", MEMBER_COLUMNS, conditions)
        bound = {"roles": sorted(wanted.roles)}
        return await self._page(organization_id, query, page, member_from_row, **bound)

    async def customers(self, organization_id: OrganizationId, page: PageRequest) -> Page[Customer]:
        query = _select_page("customers", CUSTOMER_COLUMNS)
        return await self._page(organization_id, query, page, customer_from_row)

    async def customers_like(
        self, organization_id: OrganizationId, query: str, page: PageRequest
    ) -> Page[Customer]:
        # One more than the page tells whether there are more.
        bound = {"query": query, "after": page.after, "limit": page.size + 1}
        rows = await read_rows(self._pool, organization_id, _CUSTOMERS_LIKE, bound)
        items = tuple(customer_from_row(row[1:]) for row in rows[: page.size])
        has_more = len(rows) > page.size and not rows[0][0]
        return Page(items, items[-1].id if has_more else None)

    async def _page(
        self,
        organization_id: OrganizationId,
        query: str,
        page: PageRequest,
        from_row: Callable[[TupleRow], Item],
        **parameters: object,
    ) -> Page[Item]:
        bound = {"after": page.after or _LAST_ID, "limit": page.size + 1, **parameters}
        rows = await read_rows(self._pool, organization_id, query, bound)
        items = tuple(from_row(row) for row in rows[: page.size])
        return Page(items, items[-1].id if len(rows) > page.size else None)


_LAST_ID = UUID(int=(1 << 128) - 1)


def _select_page(table: str, columns: str, conditions: str = "") -> str:
    return (
        f"SELECT {columns} FROM {table}"
        f" WHERE organization_id = %(organization_id)s::uuid AND id < %(after)s::uuid{conditions}"
        " ORDER BY id DESC LIMIT %(limit)s"
    )
