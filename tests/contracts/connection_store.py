"""What every ConnectionStore owes: one connection of a kind, and each number in one hand."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from domain.connections.arca_certificate import CertificateRequest, PrivateKey
from domain.connections.ports import ConnectionStore, ConnectionTransaction
from domain.connections.whatsapp_connection import AccessToken
from domain.directory.organization import WhatsAppNumberTakenError
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId
from tests.support.builders import VALID_CUIT, a_context
from tests.support.clocks import MORNING
from tests.support.connection_builders import (
    a_whatsapp_connection,
    an_arca_certificate,
    an_arca_connection,
)

KEY, OTHER_KEY = PrivateKey("a private key"), PrivateKey("another private key")
TOKEN = AccessToken("EAAG-own")
REQUEST = CertificateRequest(cuit=VALID_CUIT, alias="plomeria", subject="CN=plomeria", pem="CSR")


class ConnectionStoreContract:
    store: ConnectionStore
    sealing_key: str

    async def an_organization(self, *, has_profile: bool = True) -> OrganizationId:
        raise NotImplementedError

    async def test_what_was_never_connected_is_not_found(self) -> None:
        organization_id = await self.an_organization()

        with pytest.raises(NotFoundError) as arca:
            await self.store.arca(organization_id)
        with pytest.raises(NotFoundError) as whatsapp:
            await self.store.whatsapp(organization_id)

        assert arca.value.reason == "ARCA_CONNECTION_NOT_FOUND"
        assert whatsapp.value.reason == "WHATSAPP_CONNECTION_NOT_FOUND"

    async def test_a_stored_certificate_is_read_as_it_was(self) -> None:
        connection = an_arca_connection(await self.an_organization())

        async with self._transaction(connection.organization_id) as transaction:
            await transaction.save_arca(connection, KEY)

        read = await self.store.arca(connection.organization_id)
        assert read == replace(connection, sealing_key=self.sealing_key)

    async def test_another_certificate_takes_the_place_of_the_first(self) -> None:
        first = an_arca_connection(await self.an_organization())
        second = first.with_certificate(an_arca_certificate(alias="renovado"), MORNING)

        async with self._transaction(first.organization_id) as transaction:
            await transaction.save_arca(first, KEY)
        async with self._transaction(first.organization_id) as transaction:
            known = await transaction.arca()
            await transaction.save_arca(second, OTHER_KEY)

        read = await self.store.arca(first.organization_id)
        assert known is not None
        assert known.certificate == first.certificate
        assert (read.certificate, read.version) == (second.certificate, 2)

    async def test_the_connections_of_others_are_invisible(self) -> None:
        connection = an_arca_connection(await self.an_organization())
        other = await self.an_organization()
        async with self._transaction(connection.organization_id) as transaction:
            await transaction.save_arca(connection, KEY)
            await transaction.save_request(REQUEST, KEY)

        async with self._transaction(other) as transaction:
            seen = [
                await transaction.arca(),
                await transaction.certificate_request(),
                await transaction.requested_key(),
                await transaction.whatsapp(),
            ]
            has_forgotten = await transaction.forget_arca()

        assert seen == [None] * 4
        assert not has_forgotten
        assert (await self.store.arca(connection.organization_id)).version == 1

    async def test_a_taxpayer_is_who_the_fiscal_profile_says(self) -> None:
        known, unknown = await self.an_organization(), await self.an_organization(has_profile=False)

        async with self._transaction(known) as transaction:
            taxpayer = await transaction.taxpayer()
        async with self._transaction(unknown) as transaction:
            nobody = await transaction.taxpayer()

        assert taxpayer is not None
        assert taxpayer.cuit == VALID_CUIT
        assert nobody is None

    async def test_a_request_waits_with_its_key_until_it_is_forgotten(self) -> None:
        organization_id = await self.an_organization()
        async with self._transaction(organization_id) as transaction:
            await transaction.save_request(replace(REQUEST, pem="an older one"), OTHER_KEY)
            await transaction.save_request(REQUEST, KEY)

        async with self._transaction(organization_id) as transaction:
            waiting = await transaction.certificate_request(), await transaction.requested_key()
            await transaction.forget_request()
        async with self._transaction(organization_id) as transaction:
            left = await transaction.certificate_request(), await transaction.requested_key()

        assert waiting == (REQUEST, KEY)
        assert left == (None, None)

    async def test_forgetting_takes_certificate_and_request(self) -> None:
        connection = an_arca_connection(await self.an_organization())
        async with self._transaction(connection.organization_id) as transaction:
            await transaction.save_arca(connection, KEY)
            await transaction.save_request(REQUEST, KEY)

        async with self._transaction(connection.organization_id) as transaction:
            was_there = await transaction.forget_arca()
        async with self._transaction(connection.organization_id) as transaction:
            is_there = await transaction.forget_arca()

        assert (was_there, is_there) == (True, False)
        with pytest.raises(NotFoundError):
            await self.store.arca(connection.organization_id)

    async def test_a_stored_number_is_read_as_it_was(self) -> None:
        connection = a_whatsapp_connection(await self.an_organization())

        async with self._transaction(connection.organization_id) as transaction:
            await transaction.save_whatsapp(connection, TOKEN)
        async with self._transaction(connection.organization_id) as transaction:
            known = await transaction.whatsapp()

        read = await self.store.whatsapp(connection.organization_id)
        assert read == replace(connection, sealing_key=self.sealing_key)
        assert known is not None
        assert known.phone_number_id == connection.phone_number_id

    async def test_a_number_is_in_one_hand(self) -> None:
        connection = a_whatsapp_connection(await self.an_organization())
        async with self._transaction(connection.organization_id) as transaction:
            await transaction.save_whatsapp(connection, TOKEN)
        thief = replace(connection, organization_id=await self.an_organization())

        with pytest.raises(WhatsAppNumberTakenError):
            async with self._transaction(thief.organization_id) as transaction:
                await transaction.save_whatsapp(thief, TOKEN)

        with pytest.raises(NotFoundError):
            await self.store.whatsapp(thief.organization_id)

    async def test_a_number_that_was_given_back_is_free_for_others(self) -> None:
        first = a_whatsapp_connection(await self.an_organization())
        second = replace(first, organization_id=await self.an_organization())
        async with self._transaction(first.organization_id) as transaction:
            await transaction.save_whatsapp(first, TOKEN)

        async with self._transaction(first.organization_id) as transaction:
            was_there = await transaction.forget_whatsapp()
        async with self._transaction(first.organization_id) as transaction:
            is_there = await transaction.forget_whatsapp()
        async with self._transaction(second.organization_id) as transaction:
            await transaction.save_whatsapp(second, TOKEN)

        assert (was_there, is_there) == (True, False)
        read = await self.store.whatsapp(second.organization_id)
        assert read.phone_number_id == first.phone_number_id

    async def test_a_number_that_was_replaced_is_free_for_others(self) -> None:
        first = a_whatsapp_connection(await self.an_organization())
        newer = a_whatsapp_connection(first.organization_id)
        other = replace(first, organization_id=await self.an_organization())

        for connection in (first, newer, other):
            async with self._transaction(connection.organization_id) as transaction:
                await transaction.save_whatsapp(connection, TOKEN)

        read = await self.store.whatsapp(first.organization_id)
        assert read.phone_number_id == newer.phone_number_id

    def _transaction(
        self, organization_id: OrganizationId
    ) -> AbstractAsyncContextManager[ConnectionTransaction]:
        return self.store.transaction(a_context(organization_id))
