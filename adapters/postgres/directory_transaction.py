"""Commands on the directory in Postgres: what they lock, read and write."""

from dataclasses import replace
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
from adapters.postgres.directory_statements import insert, select_one, update
from adapters.postgres.reads import SET_ORGANIZATION
from adapters.postgres.transactions import PostgresTransaction
from domain.directory.customer import Customer
from domain.directory.member import Member, SubjectTakenError
from domain.directory.organization import Organization, WhatsAppNumberTakenError
from domain.directory.staffing import MOST_JOBS_NAMED
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, JobId, MemberId
from domain.jobs.job_state import TAKEN_STATES

_ONE_ORGANIZATION = (
    f"SELECT {ORGANIZATION_COLUMNS} FROM organizations"
    " WHERE organization_id = %(organization_id)s::uuid"
)
_OTHER_OWNER = """
SELECT 1 FROM members
WHERE organization_id = %(organization_id)s AND id <> %(id)s AND ended_at IS NULL
  AND 'owner' = ANY(roles) LIMIT 1
"""
_OPEN_JOBS = f"""
SELECT id FROM jobs
WHERE organization_id = %(organization_id)s AND technician_id = %(id)s
  AND state IN ({", ".join(f"'{state}'" for state in sorted(TAKEN_STATES))})
ORDER BY id LIMIT %(limit)s
"""


class PostgresDirectoryTransaction(PostgresTransaction):
    """The domain's DirectoryTransaction."""

    async def found(self, organization: Organization) -> None:
        # From here on the new organisation is the tenant: its audit row is its own.
        self._context = replace(self._context, organization_id=organization.id)
        await self._connection.execute(
            SET_ORGANIZATION.encode(), {"organization_id": str(organization.id)}
        )
        row = organization_parameters(organization)
        await self._connection.execute(insert("organizations", ORGANIZATION_COLUMNS), row)
        if organization.whatsapp_phone_number_id:
            await self._take_whatsapp_number(organization.whatsapp_phone_number_id, row)

    async def _take_whatsapp_number(self, phone_number_id: str, row: dict[str, object]) -> None:
        try:
            await self._connection.execute(
                insert("whatsapp_numbers", "phone_number_id, organization_id"),
                {**row, "phone_number_id": phone_number_id},
            )
        except errors.UniqueViolation as error:
            raise WhatsAppNumberTakenError(phone_number_id) from error

    async def add_member(self, member: Member) -> None:
        try:
            await self._connection.execute(
                insert("members", MEMBER_COLUMNS), member_parameters(member)
            )
        except errors.UniqueViolation as error:
            raise SubjectTakenError(member.subject) from error

    async def add_customer(self, customer: Customer) -> None:
        await self._connection.execute(
            insert("customers", CUSTOMER_COLUMNS), customer_parameters(customer)
        )

    async def organization(self) -> Organization:
        cursor = await self._connection.execute(
            f"{_ONE_ORGANIZATION} FOR NO KEY UPDATE".encode(),
            {"organization_id": self.organization_id},
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("organization", self.organization_id)
        return organization_from_row(row)

    async def member(self, member_id: MemberId) -> Member:
        # Whoever changes the team waits here for its turn, in the same order as everybody.
        await self.organization()
        row = await self._locked_row("members", MEMBER_COLUMNS, member_id)
        if row is None:
            raise NotFoundError("member", member_id)
        return member_from_row(row)

    async def customer(self, customer_id: CustomerId) -> Customer:
        row = await self._locked_row("customers", CUSTOMER_COLUMNS, customer_id)
        if row is None:
            raise NotFoundError("customer", customer_id)
        return customer_from_row(row)

    async def save_organization(self, before: Organization, after: Organization) -> None:
        row = organization_parameters(after)
        key = " WHERE organization_id = %(organization_id)s"
        await self._connection.execute(update("organizations", ORGANIZATION_COLUMNS, key=key), row)
        if after.whatsapp_phone_number_id == before.whatsapp_phone_number_id:
            return
        await self._connection.execute(
            "DELETE FROM whatsapp_numbers"
            " WHERE organization_id = %(organization_id)s AND phone_number_id = %(number)s",
            {**row, "number": before.whatsapp_phone_number_id},
        )
        await self._connection.execute(
            "DELETE FROM whatsapp_connections WHERE organization_id = %(organization_id)s", row
        )
        if after.whatsapp_phone_number_id:
            await self._take_whatsapp_number(after.whatsapp_phone_number_id, row)

    async def save_member(self, member: Member) -> None:
        # When it is written, and not when the transaction began: see adapters.postgres.standings.
        touch = ", standing_changed_at = clock_timestamp()"
        statement = update("members", MEMBER_COLUMNS, beside=touch)
        await self._connection.execute(statement, member_parameters(member))

    async def save_customer(self, customer: Customer) -> None:
        statement = update("customers", CUSTOMER_COLUMNS)
        await self._connection.execute(statement, customer_parameters(customer))

    async def has_other_owner(self, member_id: MemberId) -> bool:
        cursor = await self._connection.execute(
            _OTHER_OWNER, {"organization_id": self.organization_id, "id": member_id}
        )
        return await cursor.fetchone() is not None

    async def open_jobs_of(self, member_id: MemberId) -> list[JobId]:
        cursor = await self._connection.execute(
            _OPEN_JOBS.encode(),
            {"organization_id": self.organization_id, "id": member_id, "limit": MOST_JOBS_NAMED},
        )
        return [JobId(row[0]) for row in await cursor.fetchall()]

    async def _locked_row(self, table: str, columns: str, resource_id: UUID) -> TupleRow | None:
        cursor = await self._connection.execute(
            f"{select_one(table, columns)} FOR NO KEY UPDATE".encode(),
            {"organization_id": self.organization_id, "id": resource_id},
        )
        return await cursor.fetchone()
