"""What the directory's word on a member means for their token and their streams."""

from typing import Any
from uuid import UUID

import pytest

from domain.commands import Role
from server.membership import (
    MemberEndedError,
    MembershipChangedError,
    caller_keys,
    loss_of,
    with_standing,
)
from server.signing_keys import SigningKeys
from server.tokens import TokenVerifier
from tests.support.builders import an_organization_id
from tests.support.in_memory_standings import SUBJECT, InMemoryStandings, a_standing
from tests.support.token_issuer import TokenIssuer


class Desk:
    """A verifier, the standings it asks for, and tokens of one organisation."""

    def __init__(self, issuer: TokenIssuer, **particular: Any) -> None:
        self.organization_id = an_organization_id()
        self.standing = a_standing(self.organization_id, **particular)
        self.standings = InMemoryStandings(self.standing)
        self.verifier = TokenVerifier(
            SigningKeys(issuer.jwks_url), issuer=None, audience=None, standings=self.standings
        )
        self._issuer = issuer

    def token(self, *roles: Role, subject: str | UUID = SUBJECT) -> str:
        return self._issuer.token(
            *roles, organization_id=self.organization_id, subject=str(subject)
        )


async def test_a_member_is_asked_for_once_and_then_remembered(issuer: TokenIssuer) -> None:
    desk = Desk(issuer)
    token = desk.token(Role.DISPATCHER)

    caller = await desk.verifier.verify(token)

    assert desk.verifier.remembered(token) is caller
    assert caller.actor.member_id == desk.standing.member_id
    assert desk.standings.asked == 1


async def test_a_caller_has_the_roles_that_token_and_directory_agree_on(
    issuer: TokenIssuer,
) -> None:
    desk = Desk(issuer, roles=frozenset({Role.DISPATCHER, Role.TECHNICIAN}))

    caller = await desk.verifier.verify(desk.token(Role.OWNER, Role.DISPATCHER))

    assert caller.actor.roles == {Role.DISPATCHER}


async def test_an_admin_of_the_platform_stays_one_whatever_they_are_in_a_business(
    issuer: TokenIssuer,
) -> None:
    desk = Desk(issuer)

    caller = await desk.verifier.verify(desk.token(Role.ADMIN, Role.OWNER))

    assert caller.actor.roles == {Role.ADMIN}


async def test_nobody_is_asked_about_who_is_an_admin_alone(issuer: TokenIssuer) -> None:
    desk = Desk(issuer)
    desk.standings.is_away = True

    caller = await desk.verifier.verify(desk.token(Role.ADMIN))

    assert caller.actor.roles == {Role.ADMIN}


async def test_who_is_no_member_is_what_their_token_says(issuer: TokenIssuer) -> None:
    desk = Desk(issuer)

    caller = await desk.verifier.verify(desk.token(Role.OWNER, subject="a-service"))

    assert caller.actor.roles == {Role.OWNER}
    assert caller.actor.member_id is None


@pytest.mark.parametrize("role", [Role.OWNER, Role.DISPATCHER, Role.TECHNICIAN])
@pytest.mark.parametrize("by_id", [True, False])
async def test_an_ended_member_is_refused_first_and_again(
    issuer: TokenIssuer, role: Role, *, by_id: bool
) -> None:
    desk = Desk(issuer, is_ended=True, roles=frozenset({role}))
    token = desk.token(role, subject=desk.standing.member_id if by_id else SUBJECT)

    with pytest.raises(MemberEndedError):
        await desk.verifier.verify(token)
    with pytest.raises(MemberEndedError):
        desk.verifier.remembered(token)
    assert desk.standings.asked == 1


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_token_is_asked_about_anew_when_its_member_changed(
    issuer: TokenIssuer, *, by_id: bool
) -> None:
    desk = Desk(issuer)
    subject = desk.standing.member_id if by_id else SUBJECT
    tokens = [desk.token(Role.DISPATCHER, subject=subject), desk.token(Role.OWNER, subject=subject)]
    other = desk.token(Role.DISPATCHER, subject="somebody-else")
    for token in (*tokens, other):
        await desk.verifier.verify(token)

    desk.verifier.standings_changed([desk.standing])

    assert [desk.verifier.remembered(token) for token in tokens] == [None, None]
    assert desk.verifier.remembered(other) is not None


async def test_what_is_remembered_of_callers_is_bounded_with_their_tokens(
    issuer: TokenIssuer,
) -> None:
    desk = Desk(issuer)
    verifier = TokenVerifier(
        SigningKeys(issuer.jwks_url),
        issuer=None,
        audience=None,
        standings=desk.standings,
        most_remembered=2,
    )
    tokens = [desk.token(Role.OWNER, subject=f"service-{number}") for number in range(5)]
    for token in tokens:
        await verifier.verify(token)

    verifier.standings_changed([a_standing(desk.organization_id, subject="service-0")])
    verifier.standings_changed([a_standing(desk.organization_id, subject="service-4")])

    remembered = [verifier.remembered(token) is not None for token in tokens]
    assert remembered == [False, False, False, True, False]


def test_a_member_may_have_called_by_subject_or_by_id() -> None:
    standing = a_standing(an_organization_id())

    assert set(caller_keys(standing)) == {
        f"{standing.organization_id}/{SUBJECT}",
        f"{standing.organization_id}/{standing.member_id}",
    }


@pytest.mark.parametrize(
    ("now", "loss"),
    [
        ({"roles": frozenset({Role.OWNER, Role.DISPATCHER, Role.TECHNICIAN})}, None),
        ({}, None),
        ({"roles": frozenset({Role.TECHNICIAN})}, MembershipChangedError),
        ({"is_ended": True}, MemberEndedError),
    ],
)
async def test_a_stream_stays_open_unless_its_caller_lost_something(
    issuer: TokenIssuer, now: dict[str, Any], loss: type[Exception] | None
) -> None:
    desk = Desk(issuer)
    caller = await desk.verifier.verify(desk.token(Role.DISPATCHER))

    reason = loss_of(caller, a_standing(desk.organization_id, **now))

    assert (None if reason is None else type(reason)) is loss


async def test_who_is_ended_keeps_the_key_under_which_they_are_forgotten(
    issuer: TokenIssuer,
) -> None:
    desk = Desk(issuer)
    caller = await desk.verifier.verify(desk.token(Role.DISPATCHER))

    ended = with_standing(caller, a_standing(desk.organization_id, is_ended=True))

    assert (ended.is_ended, ended.key) == (True, caller.key)
