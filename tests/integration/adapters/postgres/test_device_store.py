"""The device store on a real Postgres."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.postgres.device_store import PostgresDeviceStore
from domain.identifiers import MemberId, OrganizationId
from tests.contracts.device_store import DeviceStoreContract, a_registration
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database


class TestPostgresDeviceStore(DeviceStoreContract):
    @pytest.fixture(autouse=True)
    async def _open_store(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.tenants = Tenants(opener)
            self.store = PostgresDeviceStore(opener)
            yield

    async def a_technician(self) -> tuple[OrganizationId, MemberId]:
        organization = await self.tenants.organization()
        return organization.id, await self.a_colleague(organization.id)

    async def a_colleague(self, organization_id: OrganizationId) -> MemberId:
        return (await self.tenants.member(organization_id)).id

    async def test_an_app_that_registers_many_times_at_once_is_one_device(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command = a_registration()

        devices = await asyncio.gather(
            *(self.registered(organization_id, technician_id, command) for _ in range(8))
        )

        assert len({device.id for device in devices}) == 1
