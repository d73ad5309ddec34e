"""Tokens (JWT) become callers: signature, time and claims are checked once, then remembered."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

import jwt

from domain.commands import Actor, Role
from domain.identifiers import MemberId, OrganizationId
from server.caller import Caller
from server.errors import UnauthenticatedError
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


class MemberFinder(Protocol):
    """Knows under which subjects members sign in."""

    async def member_of_subject(
        self, organization_id: OrganizationId, subject: str
    ) -> MemberId | None:
        """Return the member who signs in with a subject, None if nobody does."""
        ...


class TokenVerifier:
    """Checks tokens and remembers the good ones until they expire.

    Without `members` only those technicians are known who sign in with their own id.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        issuer: str | None,
        audience: str | None,
        members: MemberFinder | None = None,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._keys = keys
        self._members = members
        self._most_remembered = most_remembered
        self._issuer = issuer
        self._audience = audience
        self._verified: dict[str, Caller] = {}

    def remembered(self, token: str) -> Caller | None:
        """Return the caller of a token that was checked before and still is good."""
        caller = self._verified.get(token)
        if caller is not None and caller.expires_at <= time.time():
            del self._verified[token]
            raise TokenExpiredError
        return caller

    async def verify(self, token: str) -> Caller:
        """Return the caller; raise UnauthenticatedError for a token that is not good."""
        caller = _caller_of(await self._claims(token))
        if self._members is not None and _is_unknown_technician(caller):
            member_id = await self._members.member_of_subject(
                caller.organization_id, caller.actor.subject
            )
            if member_id is None:
                # Not remembered: from the moment they become a member they are known.
                return caller
            caller = replace(caller, actor=replace(caller.actor, member_id=member_id))
        if len(self._verified) >= self._most_remembered:
            # The first one in is the first one out: the oldest is the nearest to its end.
            del self._verified[next(iter(self._verified))]
        self._verified[token] = caller
        return caller

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


def _is_unknown_technician(caller: Caller) -> bool:
    actor = caller.actor
    return actor.member_id is None and Role.TECHNICIAN in actor.roles
