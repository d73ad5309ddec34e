"""An owner corrects what is known of a member, or gives them other roles."""

from dataclasses import dataclass, replace

from domain.changes import changed_fields, with_changes
from domain.clock import Clock
from domain.commands import CommandContext
from domain.directory.member import Member
from domain.directory.member_changes import MemberChanges, check_subject_stays
from domain.directory.ports import DirectoryStore
from domain.directory.staffing import check_roles_may_go
from domain.directory.versions import check_version_was_read
from domain.identifiers import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember:
    member_id: MemberId
    changes: MemberChanges
    expected_version: int | None = None


async def update_member(
    store: DirectoryStore, clock: Clock, *, context: CommandContext, command: UpdateMember
) -> Member:
    """Change fields of the version the caller read; what is the same already is no change.

    Raises NotFoundError, EtagMismatchError, SubjectImmutableError, LastOwnerError, OpenJobsError.
    """
    async with store.transaction(context) as transaction:
        member = await transaction.member(command.member_id)
        if await transaction.claim(command, member.id) is not None:
            return member
        check_version_was_read("member", member.version, command.expected_version)
        check_subject_stays(member, command.changes)
        changed = with_changes(member, command.changes)
        if changed == member:
            return member
        await check_roles_may_go(transaction, member, member.roles - changed.roles)
        changed = replace(changed, version=member.version + 1, updated_at=clock.now())
        await transaction.save_member(changed)
        fields = changed_fields(member, changed, command.changes)
        transaction.audit("member_updated", member.id, fields=",".join(fields))
    return changed
