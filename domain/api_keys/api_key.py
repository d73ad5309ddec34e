"""A key of a program: what it may do, for how long, and the digest by which it is known."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.commands import Actor, Role
from domain.errors import InvalidInputError, PermissionDeniedError, PreconditionError
from domain.identifiers import ApiKeyId, OrganizationId

API_KEY_ROLES = (Role.OWNER, Role.DISPATCHER)
"""What technicians do is done by people, whom a key does not name."""
MOST_GOOD_KEYS = 100

_SUBJECT = "apiKeys/"


class ApiKeyState(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class ApiKeyExpiresTooSoonError(InvalidInputError):
    reason = "API_KEY_EXPIRES_TOO_SOON"

    def __init__(self) -> None:
        super().__init__("A key cannot have expired already.", field="api_key.expire_time")


class ApiKeysFullError(PreconditionError):
    reason = "API_KEYS_FULL"

    def __init__(self) -> None:
        super().__init__(
            f"There are {MOST_GOOD_KEYS} good keys already: revoke one first.", limit=MOST_GOOD_KEYS
        )


class PersonRequiredError(PermissionDeniedError):
    """A key that could make keys would outlive its own revocation."""

    reason = "PERSON_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Only a person may do this, and not a key.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """The secret itself is nowhere: `digest` is what is left of it, `prefix` how it begins."""

    id: ApiKeyId
    organization_id: OrganizationId
    display_name: str
    roles: frozenset[Role]
    prefix: str
    digest: bytes
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not self.roles or not self.roles <= frozenset(API_KEY_ROLES):
            raise InvalidInputError(
                "A key has what an owner or a dispatcher may do.", field="api_key.roles"
            )
        if self.expires_at is not None and self.expires_at <= self.created_at:
            raise ApiKeyExpiresTooSoonError

    def state(self, now: datetime) -> ApiKeyState:
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        is_past = self.expires_at is not None and self.expires_at <= now
        return ApiKeyState.EXPIRED if is_past else ApiKeyState.ACTIVE

    def revoke(self, now: datetime) -> Self:
        """Return the key as it is once nobody may use it; revoked before, it stays as it is."""
        if self.revoked_at is not None:
            return self
        return replace(self, revoked_at=now, updated_at=now, version=self.version + 1)


def actor_of(key_id: ApiKeyId, roles: frozenset[Role]) -> Actor:
    """Return who calls with a key, as audit rows name it."""
    return Actor(subject=f"{_SUBJECT}{key_id}", roles=roles)


def is_api_key(actor: Actor) -> bool:
    """Tell whether a key calls and not a person."""
    return actor.subject.startswith(_SUBJECT)
