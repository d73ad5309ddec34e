"""The directory on a real Postgres: what comes back, what is unique, what stays apart."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from adapters.postgres.directory_store import PostgresDirectoryStore
from domain.commands import PLATFORM_ACTOR, Role
from domain.directory.customer import CondicionIvaReceptor, DocumentType, IdentityDocument
from domain.directory.member import SubjectTakenError
from domain.directory.organization import WhatsAppNumberTakenError
from domain.directory.ports import MemberFilter
from domain.directory.use_cases.create_customer import CreateCustomer, create_customer
from domain.directory.use_cases.create_member import CreateMember, create_member
from domain.directory.use_cases.create_organization import CreateOrganization, create_organization
from domain.errors import NotFoundError
from domain.identifiers import PLATFORM_ORGANIZATION_ID, RequestId
from domain.pages import PageRequest
from tests.support.builders import AN_ADDRESS, VALID_CUIT, a_context, a_fiscal_profile
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

IDS = Uuid7Source()


@pytest.fixture
async def directory(database: Database) -> AsyncIterator[PostgresDirectoryStore]:
    async with open_transactions(database) as opener:
        yield PostgresDirectoryStore(opener)


@pytest.fixture
async def tenants(database: Database) -> AsyncIterator[Tenants]:
    async with open_transactions(database) as opener:
        yield Tenants(opener)


@pytest.mark.parametrize("has_profile", [True, False])
async def test_an_organisation_comes_back_as_it_was_and_is_made_once(
    directory: PostgresDirectoryStore, *, has_profile: bool
) -> None:
    context = a_context(
        PLATFORM_ORGANIZATION_ID, actor=PLATFORM_ACTOR, request_id=RequestId(uuid4())
    )
    command = CreateOrganization(
        display_name="Gas Sur",
        fiscal_profile=a_fiscal_profile() if has_profile else None,
        whatsapp_phone_number_id="106540352242922",
    )

    first = await create_organization(directory, IDS, context=context, command=command)
    again = await create_organization(directory, IDS, context=context, command=command)

    assert first == again == await directory.organization(first.id)


async def test_a_whatsapp_number_belongs_to_one_organisation(tenants: Tenants) -> None:
    await tenants.organization(whatsapp_phone_number_id="106540352242922")

    with pytest.raises(WhatsAppNumberTakenError):
        await tenants.organization(whatsapp_phone_number_id="106540352242922")


async def test_a_member_signs_in_with_their_own_id_unless_told_otherwise(
    directory: PostgresDirectoryStore, tenants: Tenants
) -> None:
    context = a_context((await tenants.organization()).id, request_id=RequestId(uuid4()))
    command = CreateMember(
        display_name="Olga", roles=frozenset({Role.OWNER, Role.TECHNICIAN}), email="o@example.com"
    )

    first = await create_member(directory, IDS, context=context, command=command)
    again = await create_member(directory, IDS, context=context, command=command)

    assert first.subject == str(first.id)
    assert first == again == await directory.member(context.organization_id, first.id)


async def test_two_members_do_not_share_a_subject(tenants: Tenants) -> None:
    organization_id = (await tenants.organization()).id
    await tenants.member(organization_id, subject="auth0|7")

    with pytest.raises(SubjectTakenError):
        await tenants.member(organization_id, subject="auth0|7")
    await tenants.member((await tenants.organization()).id, subject="auth0|7")


async def test_a_customer_comes_back_as_they_were_and_is_made_once(
    directory: PostgresDirectoryStore, tenants: Tenants
) -> None:
    context = a_context((await tenants.organization()).id, request_id=RequestId(uuid4()))
    command = CreateCustomer(
        display_name="Consorcio Alem 500",
        phone_number="+541143210000",
        email="consorcio@example.com",
        document=IdentityDocument(type=DocumentType.CUIT, number=VALID_CUIT),
        condicion_iva=CondicionIvaReceptor.RESPONSABLE_INSCRIPTO,
        address=AN_ADDRESS,
    )

    first = await create_customer(directory, IDS, context=context, command=command)
    again = await create_customer(directory, IDS, context=context, command=command)

    assert first == again == await directory.customer(context.organization_id, first.id)


async def test_members_and_customers_of_others_do_not_exist(
    directory: PostgresDirectoryStore, tenants: Tenants
) -> None:
    own = (await tenants.organization()).id
    other = (await tenants.organization()).id
    member = await tenants.member(other)
    customer = await tenants.customer(other)

    with pytest.raises(NotFoundError):
        await directory.member(own, member.id)
    with pytest.raises(NotFoundError):
        await directory.customer(own, customer.id)
    assert (await directory.members(own, MemberFilter(), PageRequest())).items == ()
    assert (await directory.customers(own, PageRequest())).items == ()


async def test_lists_are_newest_first_and_continue_where_they_ended(
    directory: PostgresDirectoryStore, tenants: Tenants
) -> None:
    organization_id = (await tenants.organization()).id
    customers = [await tenants.customer(organization_id) for _ in range(3)]

    first = await directory.customers(organization_id, PageRequest(size=2))
    second = await directory.customers(organization_id, PageRequest(size=2, after=first.next_after))

    assert [*first.items, *second.items] == customers[::-1]
    assert second.next_after is None
