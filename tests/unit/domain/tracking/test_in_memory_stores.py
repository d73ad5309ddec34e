"""The fakes of tracking's stores keep the promises of the real ones."""

import pytest

from domain.identifiers import MemberId, OrganizationId
from domain.tracking.device import DeviceInstall
from domain.tracking.fix import Fix
from domain.tracking.ranges import SeqRanges
from tests.contracts.device_store import DeviceStoreContract
from tests.contracts.fix_store import FixStoreContract
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_tracking import InMemoryDeviceStore, InMemoryFixStore
from tests.support.tracking_builders import an_install


class TestInMemoryDeviceStore(DeviceStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.memory = InMemoryDeviceStore()
        self.store = self.memory

    async def a_technician(self) -> tuple[OrganizationId, MemberId]:
        organization_id = an_organization_id()
        return organization_id, await self.a_colleague(organization_id)

    async def a_colleague(self, organization_id: OrganizationId) -> MemberId:
        member_id = MemberId(new_id())
        self.memory.members.add((organization_id, member_id))
        return member_id


class TestInMemoryFixStore(FixStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.devices = InMemoryDeviceStore()
        self.memory = InMemoryFixStore(self.devices)
        self.store = self.memory
        self.installs = 0

    async def an_install(self) -> DeviceInstall:
        self.installs += 1
        return an_install(number=self.installs)

    async def stored(self, install: DeviceInstall) -> list[tuple[Fix, int]]:
        return self.memory.stored(install)

    async def cursor(self, install: DeviceInstall) -> SeqRanges:
        return self.devices.cursors[install.number]
