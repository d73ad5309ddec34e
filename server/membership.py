"""What the directory's word on a member means for whoever calls with their token."""

from collections.abc import Collection
from dataclasses import replace

from domain.commands import Role
from domain.directory.standing import Standing
from domain.errors import DomainError, PermissionDeniedError, TemporaryError
from server.caller import Caller

_NO_LONGER = 0.0
_OF_THE_PLATFORM = frozenset({Role.ADMIN})


class MemberEndedError(PermissionDeniedError):
    """The caller has left the business; another token will not help."""

    reason = "MEMBER_ENDED"

    def __init__(self) -> None:
        super().__init__("You are no longer a member of this organisation.")


class MembershipChangedError(TemporaryError):
    """The stream was opened with a role that the caller has no more: its next call tells."""

    reason = "MEMBERSHIP_CHANGED"

    def __init__(self) -> None:
        super().__init__("Your roles changed; call again.", retry_after_seconds=0.2)


def with_standing(caller: Caller, standing: Standing | None) -> Caller:
    """Return the caller as the directory knows them: who is nobody there is what the token says.

    A member may do what both allow, the token and the directory.
    """
    if standing is None:
        return caller
    allowed = standing.roles | _OF_THE_PLATFORM
    roles = caller.actor.roles & allowed
    known = replace(caller, actor=replace(caller.actor, roles=roles, member_id=standing.member_id))
    return replace(known, is_ended=True, expires_at=_NO_LONGER) if standing.is_ended else known


def loss_of(caller: Caller, standing: Standing) -> DomainError | None:
    """Return why a stream may not stay open under a new standing, None where it may."""
    if standing.is_ended:
        return MemberEndedError()
    lost = caller.actor.roles - standing.roles - _OF_THE_PLATFORM
    return MembershipChangedError() if lost else None


def caller_keys(standing: Standing) -> Collection[str]:
    """Return under which keys the member may have called."""
    subjects = {standing.subject, str(standing.member_id)}
    return [f"{standing.organization_id}/{subject}" for subject in subjects]
