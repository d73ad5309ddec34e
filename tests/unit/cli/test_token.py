from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner, Result

from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.state_folder import StateFolder
from cli.main import app
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from server.caller import Caller
from server.signing_keys import SigningKeys
from server.tokens import TokenVerifier
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    """Keep the keys of whoever runs the tests."""
    monkeypatch.setenv("CAMPOTECH_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("CAMPOTECH_ENVIRONMENT", raising=False)
    return StateFolder.at(tmp_path)


def campotech_token(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["token", *arguments])


async def caller_of(token: str, folder: StateFolder) -> Caller:
    keys = SigningKeys(DevelopmentKeys(folder.keys).jwks_url)
    return await TokenVerifier(keys, issuer=None, audience=None).verify(token)


async def test_a_minted_token_is_good_for_the_local_servers(state_folder: StateFolder) -> None:
    organization_id, member_id = an_organization_id(), new_id()

    result = campotech_token(
        *("--organization", str(organization_id), "--role", "technician"),
        *("--member", str(member_id)),
    )

    caller = await caller_of(result.stdout.strip(), state_folder)
    assert caller.organization_id == organization_id
    assert caller.actor.roles == {Role.TECHNICIAN}
    assert caller.actor.member_id == member_id


async def test_a_token_may_carry_several_roles(state_folder: StateFolder) -> None:
    result = campotech_token(
        *("--organization", str(an_organization_id())),
        *("--role", "owner", "--role", "technician"),
    )

    caller = await caller_of(result.stdout.strip(), state_folder)
    assert caller.actor.roles == {Role.OWNER, Role.TECHNICIAN}


async def test_an_admin_belongs_to_the_platform(state_folder: StateFolder) -> None:
    result = campotech_token("--role", "admin")

    caller = await caller_of(result.stdout.strip(), state_folder)
    assert caller.organization_id == PLATFORM_ORGANIZATION_ID
    assert caller.is_admin


def test_a_token_lives_as_long_as_it_was_asked_to() -> None:
    result = campotech_token("--role", "admin", "--hours", "2")

    claims = jwt.decode(result.stdout.strip(), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 7200


def test_the_same_keys_sign_every_token(state_folder: StateFolder) -> None:
    campotech_token("--role", "admin")
    first = DevelopmentKeys(state_folder.keys).jwks_path.read_text()

    campotech_token("--role", "admin")

    assert DevelopmentKeys(state_folder.keys).jwks_path.read_text() == first


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--role", "owner"],
        ["--role", "plumber", "--organization", str(an_organization_id())],
        ["--role", "owner", "--organization", "plomeria-san-martin"],
    ],
)
def test_a_token_for_nobody_is_refused(arguments: list[str]) -> None:
    assert campotech_token(*arguments).exit_code == 2


def test_no_token_is_minted_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPOTECH_ENVIRONMENT", "production")

    result = campotech_token("--role", "admin")

    assert result.exit_code == 2
    assert "production" in result.output
