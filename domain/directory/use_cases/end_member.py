"""An owner notes that somebody has left the business."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.directory.member import Member
from domain.directory.ports import DirectoryStore
from domain.directory.staffing import check_roles_may_go
from domain.directory.versions import check_version_unless_unknown
from domain.identifiers import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMember:
    member_id: MemberId
    expected_version: int | None = None


async def end_member(
    store: DirectoryStore, clock: Clock, *, context: CommandContext, command: EndMember
) -> Member:
    """Make the member ENDED: from then on their tokens are worth nothing.

    Raises NotFoundError, EtagMismatchError, MemberTransitionRefusedError, LastOwnerError,
    OpenJobsError.
    """
    async with store.transaction(context) as transaction:
        member = await transaction.member(command.member_id)
        if await transaction.claim(command, member.id) is not None:
            return member
        check_version_unless_unknown("member", member.version, command.expected_version)
        changed = member.end(clock.now())
        await check_roles_may_go(transaction, member, member.roles)
        await transaction.save_member(changed)
        transaction.audit("member_ended", member.id)
    return changed
