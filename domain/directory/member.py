"""A member: somebody who works for an organisation."""

from dataclasses import dataclass
from datetime import datetime

from domain.commands import Role
from domain.errors import AlreadyExistsError, InvalidInputError
from domain.identifiers import MemberId, OrganizationId

MEMBER_ROLES = (Role.OWNER, Role.DISPATCHER, Role.TECHNICIAN)


class SubjectTakenError(AlreadyExistsError):
    reason = "MEMBER_SUBJECT_TAKEN"

    def __init__(self, subject: str) -> None:
        super().__init__("Another member signs in with this subject.", subject=subject)


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
    version: int = 1

    def __post_init__(self) -> None:
        if not self.roles or not self.roles <= frozenset(MEMBER_ROLES):
            raise InvalidInputError(
                "A member is an owner, a dispatcher or a technician.", field="member.roles"
            )
