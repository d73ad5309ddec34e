"""The demo organisation that `campotech up` puts into an empty database, always the same."""

from dataclasses import dataclass
from uuid import UUID

from adapters.clock import Uuid7Source
from adapters.postgres.directory_store import PostgresDirectoryStore
from adapters.postgres.pools import create_pool
from adapters.postgres.transactions import TransactionOpener
from cli.silent_hints import SilentHints
from domain.addresses import Address, Coordinates
from domain.commands import PLATFORM_ACTOR, CommandContext, Role
from domain.directory.customer import Customer
from domain.directory.fiscal_profile import CondicionIva, FiscalProfile
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.errors import NotFoundError
from domain.identifiers import (
    PLATFORM_ORGANIZATION_ID,
    CustomerId,
    MemberId,
    OrganizationId,
    birth_time,
)

DEMO_ORGANIZATION_ID = OrganizationId(UUID("019b796d-d600-7000-8000-000000000001"))
DEMO_CUSTOMER_ID = CustomerId(UUID("019b796d-d600-7000-8000-000000000006"))


@dataclass(frozen=True, slots=True)
class DemoMember:
    id: MemberId
    display_name: str
    role: Role


OWNER = DemoMember(
    MemberId(UUID("019b796d-d600-7000-8000-000000000002")), "Olga Ferreyra", Role.OWNER
)
DISPATCHER = DemoMember(
    MemberId(UUID("019b796d-d600-7000-8000-000000000003")), "Diego Paz", Role.DISPATCHER
)
TECHNICIANS = (
    DemoMember(
        MemberId(UUID("019b796d-d600-7000-8000-000000000004")), "Tomás Ríos", Role.TECHNICIAN
    ),
    DemoMember(
        MemberId(UUID("019b796d-d600-7000-8000-000000000005")), "Lucía Gómez", Role.TECHNICIAN
    ),
)

WORKSHOP = Address(
    street_address="Av. San Martín 2350",
    locality="La Paternal",
    province="Ciudad Autónoma de Buenos Aires",
    postal_code="1416",
    coordinates=Coordinates(-346026000, -584660000),
)


async def seed_demo_organization(database_url: str) -> bool:
    """Store the demo organisation and its people, as the app role; False if it is there already."""
    pool = create_pool(database_url, name="seed", max_size=1)
    await pool.open(wait=True)
    try:
        directory = PostgresDirectoryStore(TransactionOpener(pool, Uuid7Source(), SilentHints()))
        try:
            await directory.organization(DEMO_ORGANIZATION_ID)
        except NotFoundError:
            await _store(directory)
            return True
        return False
    finally:
        await pool.close()


async def _store(directory: PostgresDirectoryStore) -> None:
    context = CommandContext(
        organization_id=PLATFORM_ORGANIZATION_ID, actor=PLATFORM_ACTOR, correlation_id="seed"
    )
    async with directory.transaction(context) as transaction:
        await transaction.found(_organization())
        for member in (OWNER, DISPATCHER, *TECHNICIANS):
            await transaction.add_member(_member(member))
        await transaction.add_customer(_customer())
        transaction.audit("organization_created", DEMO_ORGANIZATION_ID)


def _organization() -> Organization:
    born = birth_time(DEMO_ORGANIZATION_ID)
    return Organization(
        id=DEMO_ORGANIZATION_ID,
        display_name="Plomería San Martín",
        fiscal_profile=FiscalProfile(
            cuit="30712345671",
            legal_name="Plomería San Martín S.R.L.",
            condicion_iva=CondicionIva.RESPONSABLE_INSCRIPTO,
            punto_de_venta=2,
            trade_address=WORKSHOP,
            ingresos_brutos="901-123456-7",
            activity_start_date=born.date(),
        ),
        whatsapp_phone_number_id="106540352242922",
        created_at=born,
        updated_at=born,
    )


def _member(member: DemoMember) -> Member:
    born = birth_time(member.id)
    return Member(
        id=member.id,
        organization_id=DEMO_ORGANIZATION_ID,
        display_name=member.display_name,
        roles=frozenset({member.role}),
        subject=str(member.id),
        created_at=born,
        updated_at=born,
    )


def _customer() -> Customer:
    born = birth_time(DEMO_CUSTOMER_ID)
    return Customer(
        id=DEMO_CUSTOMER_ID,
        organization_id=DEMO_ORGANIZATION_ID,
        display_name="Ana Benítez",
        phone_number="+5491155550123",
        address=Address(
            street_address="Av. Corrientes 1234, 5° B",
            locality="Balvanera",
            province="Ciudad Autónoma de Buenos Aires",
            postal_code="1043",
            coordinates=Coordinates(-346037000, -583816000),
        ),
        created_at=born,
        updated_at=born,
    )
