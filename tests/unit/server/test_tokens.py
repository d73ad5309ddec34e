import time
from pathlib import Path
from typing import Any

import pytest

from domain.commands import Role
from server.caller import Caller
from server.signing_keys import SigningKeys
from server.tokens import TokenExpiredError, TokenInvalidError, TokenVerifier
from tests.support.builders import an_organization_id
from tests.support.token_issuer import TokenIssuer


def a_verifier(
    trusted: TokenIssuer, *, issuer: str | None = None, audience: str | None = None
) -> TokenVerifier:
    keys = SigningKeys(trusted.jwks_url, least_seconds_between_fetches=0)
    return TokenVerifier(keys, issuer=issuer, audience=audience)


def an_owners_token(issuer: TokenIssuer, **particular: Any) -> str:
    return issuer.token(Role.OWNER, organization_id=an_organization_id(), **particular)


async def test_a_token_is_checked_once_and_then_remembered(issuer: TokenIssuer) -> None:
    verifier = a_verifier(issuer)
    token = an_owners_token(issuer)

    caller = await verifier.verify(token)

    assert verifier.remembered(token) is caller


def test_a_token_that_was_never_checked_is_not_remembered(issuer: TokenIssuer) -> None:
    assert a_verifier(issuer).remembered(an_owners_token(issuer)) is None


async def test_a_remembered_token_expires_all_the_same(
    issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = a_verifier(issuer)
    token = an_owners_token(issuer)
    caller = await verifier.verify(token)
    monkeypatch.setattr(time, "time", lambda: caller.expires_at)

    with pytest.raises(TokenExpiredError):
        verifier.remembered(token)


async def test_the_memory_is_bounded_and_forgets_the_oldest(
    issuer: TokenIssuer,
) -> None:
    verifier = TokenVerifier(
        SigningKeys(issuer.jwks_url), issuer=None, audience=None, most_remembered=2
    )
    tokens = [an_owners_token(issuer) for _ in range(3)]

    for token in tokens:
        await verifier.verify(token)

    remembered: list[Caller | None] = [verifier.remembered(token) for token in tokens]
    assert [caller is not None for caller in remembered] == [False, True, True]


async def test_a_token_for_somebody_else_is_invalid(issuer: TokenIssuer) -> None:
    verifier = a_verifier(issuer, audience="campotech")

    with pytest.raises(TokenInvalidError):
        await verifier.verify(an_owners_token(issuer, aud="another"))


async def test_a_token_of_another_issuer_is_invalid_where_the_issuer_is_set(
    issuer: TokenIssuer,
) -> None:
    verifier = a_verifier(issuer, issuer="https://login.campotech.dev")

    with pytest.raises(TokenInvalidError):
        await verifier.verify(an_owners_token(issuer, iss="https://elsewhere.example"))


async def test_a_key_that_is_new_is_found_without_a_restart(
    tmp_path: Path, issuer: TokenIssuer
) -> None:
    verifier = a_verifier(issuer)
    await verifier.verify(an_owners_token(issuer))
    successor = TokenIssuer(tmp_path, key_id="successor")

    caller = await verifier.verify(an_owners_token(successor))

    assert caller.actor.roles == {Role.OWNER}


async def test_keys_stay_good_while_their_address_does_not_answer(
    issuer: TokenIssuer,
) -> None:
    verifier = a_verifier(issuer)
    await verifier.verify(an_owners_token(issuer))
    issuer.withdraw()
    with pytest.raises(TokenInvalidError):
        await verifier.verify(issuer.signed({}, key_id="unknown"))

    caller = await verifier.verify(an_owners_token(issuer))

    assert caller.actor.roles == {Role.OWNER}
