"""The SDK's commands on the directory, as an owner gives them to a real server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from campotech_client import CampoTech
from campotech_client.errors import ConflictError, PreconditionError
from campotech_client.resources import Customer, Member, Organization
from domain.commands import Role
from tests.support.businesses import Business, id_in

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def app(business: Business) -> AsyncIterator[CampoTech]:
    """Yield the owner's client."""
    token = business.api.issuer.token(
        Role.OWNER, organization_id=business.id, subject=str(id_in(business.owner.name))
    )
    async with CampoTech(business.api.address, token=token) as client:
        yield client


async def test_an_owner_corrects_customer_member_and_business(
    business: Business, app: CampoTech
) -> None:
    customer = await app.directory.get_customer(business.customer)
    member = await app.directory.get_member(business.technician.name)
    organization = await app.directory.get_organization(business.name)

    corrected = await app.directory.update_customer(
        Customer(name=customer.name, display_name="Ana Benítez"),
        etag=customer.etag,
        fields=["display_name", "email"],
    )
    renamed = await app.directory.update_member(
        Member(name=member.name, display_name="Tomás"), etag=member.etag
    )
    moved = await app.directory.update_organization(
        Organization(name=organization.name, display_name="Gas Norte"), etag=organization.etag
    )

    assert (corrected.display_name, corrected.email) == ("Ana Benítez", "")
    assert (renamed.display_name, moved.display_name) == ("Tomás", "Gas Norte")


async def test_a_customer_is_found_by_name(business: Business, app: CampoTech) -> None:
    found = [each.name async for each in app.directory.list_customers(query="clienta ana")]

    assert found == [business.customer]


async def test_a_member_leaves_and_comes_back(business: Business, app: CampoTech) -> None:
    name = business.technician.name

    await app.directory.end_member(name)
    listed = [member.name async for member in app.directory.list_members(show_ended=True)]
    technicians = [
        member.name async for member in app.directory.list_members(roles=[Member.ROLE_TECHNICIAN])
    ]
    back = await app.directory.reactivate_member(name)

    assert name in listed
    assert technicians == []
    assert back.state == Member.STATE_ACTIVE


async def test_refusals_are_told_by_reason(business: Business, app: CampoTech) -> None:
    with pytest.raises(PreconditionError) as last_owner:
        await app.directory.end_member(business.owner.name)
    with pytest.raises(ConflictError) as stale:
        await app.directory.update_customer(
            Customer(name=business.customer, display_name="Otra"), etag="7"
        )

    assert (last_owner.value.reason, stale.value.reason) == ("LAST_OWNER", "ETAG_MISMATCH")
