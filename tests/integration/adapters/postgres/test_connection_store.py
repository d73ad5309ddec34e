"""Connections on a real Postgres, and what only a real one can show: secrets at rest."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from adapters.postgres.certificate_expiries import PostgresCertificateExpiries
from adapters.postgres.connection_store import PostgresConnectionStore
from adapters.postgres.own_secrets import PostgresOwnAccessTokens, PostgresOwnCertificates
from adapters.postgres.pools import create_pool
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing
from domain.connections.arca_connection import EXPIRES_SOON
from domain.connections.expiry_alerts import CertificateExpiries
from domain.connections.ports import SealedSecretUnreadableError, SecretsKeyMissingError
from domain.identifiers import OrganizationId
from tests.contracts.connection_store import (
    KEY,
    REQUEST,
    TOKEN,
    ConnectionStoreContract,
)
from tests.support.builders import VALID_CUIT, a_context
from tests.support.clocks import MORNING
from tests.support.connection_builders import a_whatsapp_connection, an_arca_connection
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
OTHER_CUIT = "20123456786"


class TestPostgresConnectionStore(ConnectionStoreContract):
    sealing_key = "2026"

    @pytest.fixture(autouse=True)
    async def _open(self, database: Database) -> AsyncIterator[None]:
        async with open_transactions(database) as opener:
            self.opener = opener
            self.database = database
            self.store = self.store_with(KeyRing({"2026": NEW_KEY}))
            self.tenants = Tenants(opener)
            yield

    def store_with(self, keys: KeyRing | None) -> PostgresConnectionStore:
        return PostgresConnectionStore(self.opener, SealedColumns(keys))

    def certificates_with(self, keys: KeyRing | None) -> PostgresOwnCertificates:
        return PostgresOwnCertificates(self.opener.pool, SealedColumns(keys))

    async def an_organization(self, *, has_profile: bool = True) -> OrganizationId:
        if has_profile:
            return (await self.tenants.organization()).id
        return (await self.tenants.organization(fiscal_profile=None)).id

    async def connected(self, keys: KeyRing) -> OrganizationId:
        organization_id = await self.an_organization()
        async with self.store_with(keys).transaction(a_context(organization_id)) as transaction:
            await transaction.save_arca(an_arca_connection(organization_id), KEY)
            await transaction.save_request(REQUEST, KEY)
            await transaction.save_whatsapp(a_whatsapp_connection(organization_id), TOKEN)
        return organization_id

    async def test_no_secret_is_stored_as_it_is(self) -> None:
        await self.connected(KeyRing({"2026": NEW_KEY}))

        with psycopg.connect(self.database.superuser_url) as connection:
            rows = connection.execute(
                "SELECT sealed_private_key, sealed_with FROM arca_connections UNION ALL"
                " SELECT sealed_private_key, sealed_with FROM arca_certificate_requests UNION ALL"
                " SELECT sealed_access_token, sealed_with FROM whatsapp_connections"
            ).fetchall()

        assert [name for _, name in rows] == ["2026"] * 3
        assert all(bytes(sealed).startswith(b"2026:") for sealed, _ in rows)
        assert not any(b"private key" in bytes(sealed) for sealed, _ in rows)
        assert not any(TOKEN.text.encode() in bytes(sealed) for sealed, _ in rows)

    async def test_what_an_older_key_sealed_still_opens(self) -> None:
        organization_id = await self.connected(KeyRing({"2025": OLD_KEY}))
        rotated = KeyRing({"2026": NEW_KEY, "2025": OLD_KEY})

        own = await self.certificates_with(rotated).of(organization_id, VALID_CUIT)

        assert own is not None
        assert own.private_key == KEY

    async def test_what_a_lost_key_sealed_does_not_open(self) -> None:
        organization_id = await self.connected(KeyRing({"2025": OLD_KEY}))

        for keys in (KeyRing({"2026": NEW_KEY}), None):
            with pytest.raises(SealedSecretUnreadableError):
                await self.certificates_with(keys).of(organization_id, VALID_CUIT)

    async def test_a_secret_opens_in_its_own_row_alone(self) -> None:
        keys = KeyRing({"2026": NEW_KEY})
        one, other = await self.connected(keys), await self.connected(keys)
        with psycopg.connect(self.database.superuser_url) as connection:
            connection.execute(
                "UPDATE arca_connections SET sealed_private_key = (SELECT sealed_private_key"
                " FROM arca_connections WHERE organization_id = %s) WHERE organization_id = %s",
                [one, other],
            )

        with pytest.raises(SealedSecretUnreadableError):
            await self.certificates_with(keys).of(other, VALID_CUIT)

    async def test_a_certificate_speaks_for_the_cuit_in_it_and_for_no_other(self) -> None:
        keys = KeyRing({"2026": NEW_KEY})
        organization_id = await self.connected(keys)

        assert await self.certificates_with(keys).of(organization_id, OTHER_CUIT) is None

    async def test_a_token_opens_the_number_it_came_with(self) -> None:
        keys = KeyRing({"2026": NEW_KEY})
        organization_id = await self.connected(keys)
        number = (await self.store.whatsapp(organization_id)).phone_number_id
        tokens = PostgresOwnAccessTokens(self.opener.pool, SealedColumns(keys))

        assert await tokens.of(organization_id, number) == TOKEN
        assert await tokens.of(organization_id, "106540352242922") is None

    async def test_without_a_key_nothing_secret_is_stored(self) -> None:
        organization_id = await self.an_organization()

        with pytest.raises(SecretsKeyMissingError):
            async with self.store_with(None).transaction(a_context(organization_id)) as transaction:
                await transaction.save_arca(an_arca_connection(organization_id), KEY)

    async def test_certificates_are_counted_by_when_they_expire(self) -> None:
        for left in (timedelta(days=-1), timedelta(), timedelta(days=30), timedelta(days=31)):
            connection = an_arca_connection(await self.an_organization(), expires_at=MORNING + left)
            async with self._transaction(connection.organization_id) as transaction:
                await transaction.save_arca(connection, KEY)
        pool = create_pool(self.database.system_url, name="test", max_size=1)
        await pool.open()
        try:
            expiries = await PostgresCertificateExpiries(pool).certificate_expiries(
                MORNING, MORNING + EXPIRES_SOON
            )
        finally:
            await pool.close()

        assert expiries == CertificateExpiries(expired=2, expiring=1)

    async def test_the_system_role_opens_nothing(self) -> None:
        with (
            psycopg.connect(self.database.system_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT sealed_private_key FROM arca_connections")
