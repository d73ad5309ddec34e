"""What of a member may be changed."""

from dataclasses import dataclass

from domain.changes import KEEP, Keep
from domain.commands import Role
from domain.directory.member import Member
from domain.errors import InvalidInputError


class SubjectImmutableError(InvalidInputError):
    reason = "FIELD_IMMUTABLE"

    def __init__(self) -> None:
        super().__init__("A member keeps the subject they sign in with.", field="member.subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanges:
    """New values of a member's fields; what is KEEP stays as it is."""

    display_name: str | Keep = KEEP
    email: str | Keep = KEEP
    phone_number: str | Keep = KEEP
    roles: frozenset[Role] | Keep = KEEP
    subject: str | Keep = KEEP
    """With which subject the caller takes the member to sign in."""


def check_subject_stays(member: Member, changes: MemberChanges) -> None:
    """Raise SubjectImmutableError for another subject than the member's."""
    if changes.subject not in (KEEP, member.subject):
        raise SubjectImmutableError
