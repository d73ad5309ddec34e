"""The SDK on connections and keys, against a real server."""

from datetime import UTC, datetime, timedelta

import pytest

from campotech_client import CampoTech
from campotech_client.errors import NotFoundError, UnauthenticatedError
from campotech_client.resources import ApiKey, ArcaConnection, Member
from domain.commands import Role
from tests.support.builders import VALID_CUIT
from tests.support.businesses import Business, id_in
from tests.support.clocks import new_id
from tests.support.connecting import ACCESS_TOKEN, connecting_arca

pytestmark = pytest.mark.asyncio(loop_scope="package")


def owner_of(business: Business) -> CampoTech:
    subject = str(id_in(business.owner.name))
    token = business.api.issuer.token(Role.OWNER, organization_id=business.id, subject=subject)
    return CampoTech(business.api.address, token=token)


async def test_an_owner_connects_and_disconnects_a_certificate(business: Business) -> None:
    request = connecting_arca()
    async with owner_of(business) as owner:
        asked = await owner.connections.request_arca_certificate("plomeria")
        connected = await owner.connections.connect_arca(
            request.certificate, private_key=request.private_key
        )
        read = await owner.connections.get_arca()
        await owner.connections.disconnect_arca()

        with pytest.raises(NotFoundError):
            await owner.connections.get_arca()

    assert asked.startswith("-----BEGIN CERTIFICATE REQUEST-----")
    assert (connected.cuit, connected.state) == (VALID_CUIT, ArcaConnection.STATE_ACTIVE)
    assert read == connected


async def test_an_owner_connects_and_disconnects_a_number(business: Business) -> None:
    number = str(new_id().int)[-15:]
    async with owner_of(business) as owner:
        connected = await owner.connections.connect_whatsapp(
            number, access_token=ACCESS_TOKEN, display_phone_number="+5491155550100"
        )
        read = await owner.connections.get_whatsapp()
        await owner.connections.disconnect_whatsapp()

        with pytest.raises(NotFoundError):
            await owner.connections.get_whatsapp()

    assert connected.phone_number_id == number
    assert read == connected


async def test_a_program_calls_with_the_key_that_an_owner_made(business: Business) -> None:
    async with owner_of(business) as owner:
        key, secret = await owner.api_keys.create(
            "Contabilidad",
            roles=[Member.ROLE_DISPATCHER],
            expires_at=datetime.now(UTC) + timedelta(days=30),
        )
        async with CampoTech(business.api.address, token=secret) as program:
            [customer] = await program.directory.list_customers().first()
        listed = [key async for key in owner.api_keys.list()]
        revoked = await owner.api_keys.revoke(key.name)
        async with CampoTech(business.api.address, token="ck_00000000_" + "a" * 43) as guesser:
            with pytest.raises(UnauthenticatedError):
                await guesser.directory.list_customers().first()

    assert customer.name == business.customer
    assert listed == [key]
    assert revoked.state == ApiKey.STATE_REVOKED
