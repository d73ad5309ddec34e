"""Tokens (JWT) become callers: signature, time and claims are checked once, then remembered."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import jwt

from domain.commands import Actor, Role
from domain.directory.member import MEMBER_ROLES
from domain.directory.standing import Standing, Standings
from domain.identifiers import MemberId, OrganizationId
from server.caller import Caller
from server.errors import UnauthenticatedError
from server.membership import MemberEndedError, caller_keys, with_standing
from server.signing_keys import ALGORITHMS, SigningKeys

# Clocks of issuers and servers differ a little.
LEEWAY_SECONDS = 5.0
MOST_REMEMBERED = 20_000

_OUR_UUID_VERSION = 7
_KNOWN_ROLES = {role.value: role for role in Role}


class TokenExpiredError(UnauthenticatedError):
    """The token was good and is too old: get a new one."""

    reason = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The token has expired.")


class TokenInvalidError(UnauthenticatedError):
    """The token is none of ours; what exactly is wrong with it is not told to strangers."""

    def __init__(self) -> None:
        super().__init__("The token is not valid.")


class TokenVerifier:
    """Checks tokens and remembers the good ones until they expire or their member changes.

    Without `standings` callers are what their tokens say, and only those technicians are known who
    sign in with their own id.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        issuer: str | None,
        audience: str | None,
        standings: Standings | None = None,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._keys = keys
        self._standings = standings
        self._most_remembered = most_remembered
        self._issuer = issuer
        self._audience = audience
        self._verified: dict[str, Caller] = {}
        self._tokens: dict[str, set[str]] = {}
        """Under which tokens a caller is remembered, by the caller's key."""

    def remembered(self, token: str) -> Caller | None:
        """Return the caller of a token that was checked before and still is good.

        Raises TokenExpiredError, MemberEndedError.
        """
        caller = self._verified.get(token)
        if caller is not None and caller.expires_at <= time.time():
            if caller.is_ended:
                raise MemberEndedError
            self._forget(token)
            raise TokenExpiredError
        return caller

    async def verify(self, token: str) -> Caller:
        """Return the caller; raise UnauthenticatedError for a token that is not good.

        Raises MemberEndedError for somebody who has left, TemporaryError while nobody can tell.
        """
        caller = _caller_of(await self._claims(token))
        if self._standings is not None and _may_be_member(caller):
            standing = await self._standings.standing(caller.organization_id, caller.actor.subject)
            caller = with_standing(caller, standing)
            if _is_unknown_technician(caller):
                # Not remembered: from the moment they become a member they are known.
                return caller
        self._remember(token, caller)
        if caller.is_ended:
            raise MemberEndedError
        return caller

    def standings_changed(self, changed: Sequence[Standing]) -> None:
        """Forget the tokens of these members: the next call with one asks anew."""
        for standing in changed:
            for key in caller_keys(standing):
                for token in self._tokens.pop(key, ()):
                    del self._verified[token]

    def _remember(self, token: str, caller: Caller) -> None:
        if len(self._verified) >= self._most_remembered:
            # The first one in is the first one out: the oldest is the nearest to its end.
            self._forget(next(iter(self._verified)))
        self._verified[token] = caller
        self._tokens.setdefault(caller.key, set()).add(token)

    def _forget(self, token: str) -> None:
        key = self._verified.pop(token).key
        tokens = self._tokens[key]
        tokens.discard(token)
        if not tokens:
            del self._tokens[key]

    async def _claims(self, token: str) -> Mapping[str, Any]:  # JSON
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise TokenInvalidError from error
        # Before any key is looked for: `none` and the symmetric algorithms end here.
        if header.get("alg") not in ALGORITHMS:
            raise TokenInvalidError
        key = await self._keys.key(str(header.get("kid", "")))
        if key is None:
            raise TokenInvalidError
        try:
            return jwt.decode(
                token,
                key,
                # The key's own algorithm, whatever the token says.
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": ["exp", "sub", "org", "roles"],
                    "verify_aud": self._audience is not None,
                },
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpiredError from error
        except jwt.PyJWTError as error:
            raise TokenInvalidError from error


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    subject = claims["sub"]
    roles = claims["roles"]
    if not subject or not isinstance(roles, list):
        raise TokenInvalidError
    try:
        organization_id = OrganizationId(UUID(str(claims["org"])))
    except ValueError as error:
        raise TokenInvalidError from error
    return Caller(
        organization_id=organization_id,
        organization=str(organization_id),
        key=f"{organization_id}/{subject}",
        actor=Actor(
            subject=subject,
            # Roles of a later release mean nothing to this one.
            roles=frozenset(role for name, role in _KNOWN_ROLES.items() if name in roles),
            member_id=_member_id(subject),
        ),
        expires_at=float(claims["exp"]) + LEEWAY_SECONDS,
    )


def _member_id(subject: str) -> MemberId | None:
    """Return the member who signs in with their own id; other issuers' ids are no UUIDv7."""
    try:
        identifier = UUID(subject)
    except ValueError:
        return None
    return MemberId(identifier) if identifier.version == _OUR_UUID_VERSION else None


def _may_be_member(caller: Caller) -> bool:
    return not caller.actor.roles.isdisjoint(MEMBER_ROLES)


def _is_unknown_technician(caller: Caller) -> bool:
    actor = caller.actor
    return actor.member_id is None and Role.TECHNICIAN in actor.roles
