"""What every ApiKeyStore owes."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.api_keys.api_key import ApiKey
from domain.api_keys.ports import ApiKeyStore, ApiKeyTransaction
from domain.errors import NotFoundError
from domain.identifiers import OrganizationId
from domain.pages import PageRequest
from tests.support.api_key_builders import an_api_key
from tests.support.builders import a_context
from tests.support.clocks import MORNING


class ApiKeyStoreContract:
    store: ApiKeyStore

    async def an_organization(self) -> OrganizationId:
        raise NotImplementedError

    async def test_a_stored_key_is_read_as_it_was(self) -> None:
        key = an_api_key(await self.an_organization(), expires_at=MORNING + timedelta(days=36500))

        await self.add(key)

        assert await self.read(key) == key

    async def test_a_revoked_key_stays_revoked(self) -> None:
        key = an_api_key(await self.an_organization())
        await self.add(key)
        revoked = key.revoke(MORNING)

        async with self._transaction(key.organization_id) as transaction:
            await transaction.api_key(key.id)
            await transaction.save(revoked)

        assert await self.read(key) == revoked

    async def test_good_keys_are_those_that_open_something(self) -> None:
        organization_id = await self.an_organization()
        good = an_api_key(organization_id)
        later = an_api_key(organization_id, expires_at=good.created_at + timedelta(days=2))
        expired = an_api_key(organization_id, expires_at=good.created_at + timedelta(hours=1))
        revoked = an_api_key(organization_id, revoked_at=good.created_at)
        others = an_api_key(await self.an_organization())
        await self.add(good, later, expired, revoked, others)

        async with self._transaction(organization_id) as transaction:
            count = await transaction.good_keys(good.created_at + timedelta(days=1))

        assert count == 2

    async def test_keys_are_listed_page_by_page_the_newest_first(self) -> None:
        organization_id = await self.an_organization()
        keys = [an_api_key(organization_id) for _ in range(3)]
        await self.add(*keys, an_api_key(await self.an_organization()))

        first = await self.store.list(organization_id, PageRequest(size=2))
        second = await self.store.list(organization_id, PageRequest(2, first.next_after))

        assert [*first.items, *second.items] == keys[::-1]
        assert second.next_after is None

    async def test_the_keys_of_others_are_not_found(self) -> None:
        key = an_api_key(await self.an_organization())
        await self.add(key)
        stranger = replace(key, organization_id=await self.an_organization())

        with pytest.raises(NotFoundError) as refusal:
            await self.read(stranger)

        assert refusal.value.reason == "API_KEY_NOT_FOUND"

    async def add(self, *keys: ApiKey) -> None:
        for key in keys:
            async with self._transaction(key.organization_id) as transaction:
                await transaction.add(key)

    async def read(self, key: ApiKey) -> ApiKey:
        async with self._transaction(key.organization_id) as transaction:
            return await transaction.api_key(key.id)

    def _transaction(
        self, organization_id: OrganizationId
    ) -> AbstractAsyncContextManager[ApiKeyTransaction]:
        return self.store.transaction(a_context(organization_id))
