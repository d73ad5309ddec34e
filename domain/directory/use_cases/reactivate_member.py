"""An owner takes somebody back who had left."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.directory.member import Member
from domain.directory.ports import DirectoryStore
from domain.directory.versions import check_version_unless_unknown
from domain.identifiers import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactivateMember:
    member_id: MemberId
    expected_version: int | None = None


async def reactivate_member(
    store: DirectoryStore, clock: Clock, *, context: CommandContext, command: ReactivateMember
) -> Member:
    """Make the member ACTIVE again, under the roles and the subject they had.

    Raises NotFoundError, EtagMismatchError, MemberTransitionRefusedError.
    """
    async with store.transaction(context) as transaction:
        member = await transaction.member(command.member_id)
        if await transaction.claim(command, member.id) is not None:
            return member
        check_version_unless_unknown("member", member.version, command.expected_version)
        changed = member.reactivate(clock.now())
        await transaction.save_member(changed)
        transaction.audit("member_reactivated", member.id)
    return changed
