"""An owner takes somebody into the team."""

from dataclasses import dataclass

from domain.commands import CommandContext, Role
from domain.directory.member import Member
from domain.directory.ports import DirectoryStore
from domain.identifiers import IdSource, MemberId, birth_time


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMember:
    display_name: str
    roles: frozenset[Role]
    email: str = ""
    phone_number: str = ""
    subject: str = ""
    """The `sub` of the member's tokens; empty means the member's own id."""


async def create_member(
    store: DirectoryStore, ids: IdSource, *, context: CommandContext, command: CreateMember
) -> Member:
    """Store a member, once for the caller's request id; raise SubjectTakenError."""
    member_id = MemberId(ids.new_id())
    member = Member(
        id=member_id,
        organization_id=context.organization_id,
        display_name=command.display_name,
        email=command.email,
        phone_number=command.phone_number,
        roles=command.roles,
        subject=command.subject or str(member_id),
        created_at=birth_time(member_id),
        updated_at=birth_time(member_id),
    )
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, member_id)
        if first is None:
            await transaction.add_member(member)
            transaction.audit("member_created", member_id)
            return member
    return await store.member(context.organization_id, MemberId(first))
