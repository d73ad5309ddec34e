"""The fake keeps the promises of the real store."""

import pytest

from domain.connections.ports import Taxpayer
from domain.identifiers import OrganizationId
from tests.contracts.connection_store import ConnectionStoreContract
from tests.support.builders import VALID_CUIT, an_organization_id
from tests.support.in_memory_connections import SEALING_KEY, InMemoryConnectionStore


class TestInMemoryConnectionStore(ConnectionStoreContract):
    sealing_key = SEALING_KEY

    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.fake = self.store = InMemoryConnectionStore()

    async def an_organization(self, *, has_profile: bool = True) -> OrganizationId:
        organization_id = an_organization_id()
        taxpayer = Taxpayer(VALID_CUIT, "Plomería San Martín S.R.L.")
        self.fake.taxpayers[organization_id] = taxpayer if has_profile else None
        return organization_id
