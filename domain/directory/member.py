"""A member: somebody who works for an organisation."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from domain.commands import Role
from domain.errors import AlreadyExistsError, InvalidInputError, PreconditionError
from domain.identifiers import MemberId, OrganizationId

MEMBER_ROLES = (Role.OWNER, Role.DISPATCHER, Role.TECHNICIAN)


class SubjectTakenError(AlreadyExistsError):
    reason = "MEMBER_SUBJECT_TAKEN"

    def __init__(self, subject: str) -> None:
        super().__init__("Another member signs in with this subject.", subject=subject)


class MemberTransitionRefusedError(PreconditionError):
    """Who has left leaves no second time, and who works there need not come back."""

    reason = "MEMBER_TRANSITION_REFUSED"

    def __init__(self, member: "Member") -> None:
        state = "ENDED" if member.is_ended else "ACTIVE"
        super().__init__(f"The member is {state} already.", current_state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`subject` is the `sub` of the tokens the member signs in with."""

    id: MemberId
    organization_id: OrganizationId
    display_name: str
    roles: frozenset[Role]
    subject: str
    created_at: datetime
    updated_at: datetime
    email: str = ""
    phone_number: str = ""
    ended_at: datetime | None = None
    """When they left; they stay on record, since others refer to them."""
    version: int = 1

    def __post_init__(self) -> None:
        if not self.roles or not self.roles <= frozenset(MEMBER_ROLES):
            raise InvalidInputError(
                "A member is an owner, a dispatcher or a technician.", field="member.roles"
            )

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    def end(self, at: datetime) -> Self:
        """Return the member as somebody who has left."""
        if self.is_ended:
            raise MemberTransitionRefusedError(self)
        return replace(self, ended_at=at, updated_at=at, version=self.version + 1)

    def reactivate(self, at: datetime) -> Self:
        """Return the member as somebody who has come back, with the roles they had."""
        if not self.is_ended:
            raise MemberTransitionRefusedError(self)
        return replace(self, ended_at=None, updated_at=at, version=self.version + 1)
