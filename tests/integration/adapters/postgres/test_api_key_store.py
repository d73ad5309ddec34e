"""API keys on a real Postgres, and how they are found when somebody presents one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from adapters.postgres.api_key_store import PostgresApiKeyStore, PostgresPresentedKeys
from adapters.postgres.pools import Pool, create_pool
from domain.api_keys.ports import KnownKey
from domain.identifiers import OrganizationId
from tests.contracts.api_key_store import ApiKeyStoreContract
from tests.support.api_key_builders import an_api_key, an_api_key_secret
from tests.support.clocks import MORNING
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database


class TestPostgresApiKeyStore(ApiKeyStoreContract):
    @pytest.fixture(autouse=True)
    async def _open(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.database = database
            self.store = PostgresApiKeyStore(opener)
            self.tenants = Tenants(opener)
            yield

    async def an_organization(self) -> OrganizationId:
        return (await self.tenants.organization()).id

    async def find(self, digest: bytes) -> KnownKey | None:
        async with self.presented() as keys:
            return await keys.find(digest)

    @asynccontextmanager
    async def presented(self) -> AsyncIterator[PostgresPresentedKeys]:
        pool: Pool = create_pool(self.database.system_url, name="test", max_size=1)
        await pool.open()
        try:
            yield PostgresPresentedKeys(pool)
        finally:
            await pool.close()

    async def test_a_key_is_found_by_its_digest_whoevers_it_is(self) -> None:
        key = an_api_key(await self.an_organization())
        await self.add(key, an_api_key(await self.an_organization()))

        found = await self.find(key.digest)

        assert found == KnownKey(
            id=key.id, organization_id=key.organization_id, roles=key.roles, expires_at=None
        )

    async def test_a_revoked_key_and_one_that_never_was_are_not_found(self) -> None:
        revoked = an_api_key(await self.an_organization(), revoked_at=MORNING)
        await self.add(revoked)

        assert await self.find(revoked.digest) is None
        assert await self.find(an_api_key_secret().digest) is None

    async def test_of_many_keys_those_are_good_that_nobody_revoked(self) -> None:
        good = [an_api_key(await self.an_organization()) for _ in range(2)]
        revoked = an_api_key(await self.an_organization(), revoked_at=MORNING)
        await self.add(*good, revoked)
        digests = [key.digest for key in (*good, revoked)]

        async with self.presented() as keys:
            found = await keys.good_among([*digests, an_api_key_secret().digest])

        assert found == {key.digest for key in good}

    @pytest.mark.parametrize("wanted", ["= '\\x00'::bytea", "= ANY(ARRAY['\\x00'::bytea])"])
    async def test_keys_are_found_by_an_index(self, wanted: str) -> None:
        with psycopg.connect(self.database.system_url) as connection:
            connection.execute("SET enable_seqscan = off")
            plan = connection.execute(
                f"EXPLAIN SELECT id FROM api_keys WHERE digest {wanted}".encode()
            ).fetchall()

        assert "api_keys_digest_key" in str(plan)

    async def test_the_system_role_learns_nothing_but_whom_to_let_in(self) -> None:
        with (
            psycopg.connect(self.database.system_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT display_name FROM api_keys")
