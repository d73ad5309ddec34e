"""The fake keeps the promises of the real store."""

import pytest

from domain.identifiers import OrganizationId
from tests.contracts.api_key_store import ApiKeyStoreContract
from tests.support.builders import an_organization_id
from tests.support.in_memory_api_keys import InMemoryApiKeyStore


class TestInMemoryApiKeyStore(ApiKeyStoreContract):
    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.store = InMemoryApiKeyStore()

    async def an_organization(self) -> OrganizationId:
        return an_organization_id()
