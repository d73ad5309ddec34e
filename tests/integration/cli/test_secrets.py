"""Operators change the key that stored secrets are encrypted with."""

import asyncio
import base64
from collections.abc import Mapping

from typer.testing import CliRunner, Result

from adapters.postgres.connection_store import PostgresConnectionStore
from adapters.postgres.own_secrets import PostgresOwnAccessTokens, PostgresOwnCertificates
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing
from cli.main import app
from domain.connections.ports import OwnCertificate
from domain.connections.whatsapp_connection import AccessToken
from domain.identifiers import OrganizationId
from tests.contracts.connection_store import KEY, REQUEST, TOKEN
from tests.support.builders import VALID_CUIT, a_context
from tests.support.connection_builders import a_whatsapp_connection, an_arca_connection
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

KEYS: Mapping[str, bytes] = {"2026": b"n" * 32, "2025": b"o" * 32}
NUMBER = "106540352242922"


def campotech(database: Database, command: str, *names: str) -> Result:
    setting = ",".join(f"{name}:{base64.b64encode(KEYS[name]).decode()}" for name in names)
    environment = {
        "CAMPOTECH_DATABASE_URL": database.app_url,
        "CAMPOTECH_DATABASE_SYSTEM_URL": database.system_url,
        "CAMPOTECH_SECRETS_KEY": setting,
        "COLUMNS": "200",
    }
    return CliRunner().invoke(app, ["secrets", command], env=environment)


async def _connect(database: Database, number: str) -> OrganizationId:
    async with open_transactions(database) as opener:
        organization_id = (await Tenants(opener).organization()).id
        store = PostgresConnectionStore(opener, _sealing("2025"))
        async with store.transaction(a_context(organization_id)) as transaction:
            await transaction.save_arca(an_arca_connection(organization_id), KEY)
            await transaction.save_request(REQUEST, KEY)
            connection = a_whatsapp_connection(organization_id, phone_number_id=number)
            await transaction.save_whatsapp(connection, TOKEN)
    return organization_id


async def _secrets(
    database: Database, organization_id: OrganizationId
) -> tuple[OwnCertificate | None, AccessToken | None]:
    sealing = _sealing("2026")
    async with open_transactions(database) as opener:
        certificates = PostgresOwnCertificates(opener.pool, sealing)
        tokens = PostgresOwnAccessTokens(opener.pool, sealing)
        return (
            await certificates.of(organization_id, VALID_CUIT),
            await tokens.of(organization_id, NUMBER),
        )


def _sealing(name: str) -> SealedColumns:
    return SealedColumns(KeyRing({name: KEYS[name]}))


def test_secrets_of_all_organisations_are_encrypted_anew_and_still_open(
    database: Database,
) -> None:
    organization_id = asyncio.run(_connect(database, NUMBER))
    asyncio.run(_connect(database, "206540352242922"))

    before = campotech(database, "status", "2026", "2025")
    resealed = campotech(database, "reseal", "2026", "2025")
    again = campotech(database, "reseal", "2026", "2025")
    after = campotech(database, "status", "2026")

    certificate, token = asyncio.run(_secrets(database, organization_id))
    assert before.stdout == "2025: 6 (older)\n"
    assert resealed.stdout == "Encrypted 6 with 2026.\n"
    assert again.stdout == "Encrypted 0 with 2026.\n"
    assert after.stdout == "2026: 6\n"
    assert certificate is not None
    assert (certificate.private_key, token) == (KEY, TOKEN)


def test_what_no_key_opens_is_named_and_left_as_it_is(database: Database) -> None:
    organization_id = asyncio.run(_connect(database, NUMBER))

    resealed = campotech(database, "reseal", "2026")
    status = campotech(database, "status", "2026")

    assert resealed.exit_code == 1
    assert str(organization_id) in resealed.stderr
    assert "2025: 3 (not among the keys" in status.stdout


def test_without_secrets_there_is_nothing_to_show(database: Database) -> None:
    assert campotech(database, "status", "2026").stdout == "No secret is stored.\n"
