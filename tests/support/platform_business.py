"""A business on a running platform: its people call the edge with the SDK, as their apps do."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import Job
from campotech_client import CampoTech, RetryPolicy, new_request_id
from campotech_client.errors import DeadlineExceededError, UnavailableError
from cli.development_tokens import mint_token
from domain.commands import Role
from domain.directory.cuit import check_digit
from domain.identifiers import PLATFORM_ORGANIZATION_ID, OrganizationId
from tests.support.platform_access import PlatformAccess
from tests.support.requests import (
    a_place,
    a_profile,
    creating_customer,
    creating_member,
    pesos,
)
from tests.support.waiting import eventually_true

PRICE_MINOR = 12_100_000
WORK = "Se cambió el flexible de la bacha."
PATIENCE_SECONDS = 90.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Person:
    """A member, and the client in their hands."""

    name: str
    app: CampoTech


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformBusiness:
    """An organisation with its people and one customer, and a CUIT that nobody else has."""

    name: str
    cuit: str
    customer: str
    customer_phone_number: str
    owner: Person
    office: CampoTech
    technicians: tuple[Person, ...]

    @property
    def id(self) -> OrganizationId:
        return OrganizationId(UUID(self.name.rpartition("/")[2]))

    async def create_job(self, *, price_minor: int = PRICE_MINOR) -> Job:
        wanted = Job(
            customer=self.customer,
            description="Pérdida de agua en la cocina",
            service_address=a_place(),
            price=pesos(price_minor),
        )
        return await insisted(
            lambda request_id: self.office.jobs.create(wanted, request_id=request_id)
        )

    async def complete_job(
        self, technician: Person | None = None, *, price_minor: int = PRICE_MINOR
    ) -> Job:
        """Return a job that has been through its whole day."""
        job = await self.create_job(price_minor=price_minor)
        for take in self.steps(job.name, technician or self.technicians[0]):
            job = await insisted(take)
        return job

    def steps(self, job: str, technician: Person) -> Iterator[Callable[[str], Awaitable[Job]]]:
        """Yield what is done about a job after it was created; each takes a request id."""
        van = technician.app.jobs
        yield lambda key: self.office.jobs.assign(job, technician=technician.name, request_id=key)
        yield lambda key: van.start_travel(job, request_id=key)
        yield lambda key: van.arrive(job, request_id=key)
        yield lambda key: van.start(job, request_id=key)
        yield lambda key: van.complete(job, work_summary=WORK, request_id=key)

    async def invoice_of(self, job: Job) -> Invoice | None:
        """Return a job's invoice as it is now, None while there is none."""
        found = await self.office.invoicing.list(job=job.name).first()
        return found[0] if found else None

    async def has_invoice(
        self, job: Job, state: Invoice.FiscalState.ValueType, *, within_seconds: float = 30
    ) -> bool:
        """Wait for a job's invoice to come to a state; return whether it did within the time."""

        async def has_it() -> bool:
            invoice = await self.invoice_of(job)
            return invoice is not None and invoice.fiscal_state == state

        return await eventually_true(has_it, within_seconds=within_seconds)


async def insisted(command: Callable[[str], Awaitable[Answer]]) -> Answer:
    """Repeat a command under one request id until it is answered."""
    request_id = new_request_id()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await command(request_id)
            except (UnavailableError, DeadlineExceededError):
                continue


class Founder:
    """Opens businesses on a platform and closes their clients in the end."""

    def __init__(self, platform: PlatformAccess, clients: AsyncExitStack) -> None:
        self._platform = platform
        self._clients = clients

    async def open_business(self, *, technicians: int = 1) -> PlatformBusiness:
        cuit = a_fresh_cuit()
        admin = await self.client(PLATFORM_ORGANIZATION_ID, [Role.ADMIN], "founder")
        organization = await admin.directory.create_organization(
            Organization(
                display_name=f"Plomería {cuit}",
                fiscal_profile=a_profile(cuit=cuit),
                whatsapp_phone_number_id=cuit,
            )
        )
        founder = await self.client(_id_in(organization.name), [Role.OWNER], "founder")
        owner = await self._hire(founder, organization.name, Role.OWNER)
        phone_number = f"+549115{secrets.randbelow(10**7):07}"
        customer = await founder.directory.create_customer(
            creating_customer(phone_number=phone_number).customer
        )
        dispatcher = await self._hire(founder, organization.name, Role.DISPATCHER)
        return PlatformBusiness(
            name=organization.name,
            cuit=cuit,
            customer=customer.name,
            customer_phone_number=phone_number,
            owner=owner,
            office=dispatcher.app,
            technicians=tuple(
                [
                    await self._hire(founder, organization.name, Role.TECHNICIAN)
                    for _ in range(technicians)
                ]
            ),
        )

    async def client(
        self,
        organization_id: OrganizationId,
        roles: Collection[Role],
        subject: str,
        *,
        retries: RetryPolicy | None = None,
    ) -> CampoTech:
        """Return a client that talks to the edge; without `retries`, as the SDK is by default."""
        token = mint_token(
            self._platform.keys, organization_id=organization_id, roles=roles, subject=subject
        )
        return await self._clients.enter_async_context(
            CampoTech(self._platform.edge_address, token=token, retries=retries)
        )

    async def _hire(self, founder: CampoTech, organization: str, role: Role) -> Person:
        wanted = creating_member(Member.Role.Value(f"ROLE_{role.upper()}")).member
        member = await founder.directory.create_member(wanted)
        app = await self.client(_id_in(organization), [role], member.subject)
        return Person(member.name, app)


@asynccontextmanager
async def businesses_on(platform: PlatformAccess) -> AsyncIterator[Founder]:
    async with AsyncExitStack() as clients:
        yield Founder(platform, clients)


def a_fresh_cuit() -> str:
    """Return a valid CUIT of a company that surely no other test uses."""
    while True:
        first_ten = f"30{secrets.randbelow(10**8):08}"
        digit = check_digit(first_ten)
        if digit is not None:
            return f"{first_ten}{digit}"


def _id_in(name: str) -> OrganizationId:
    return OrganizationId(UUID(name.rpartition("/")[2]))
