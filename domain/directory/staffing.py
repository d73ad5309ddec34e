"""What a business must not lose: its last owner, and who has its jobs in hand."""

from collections.abc import Set as AbstractSet

from domain.commands import Role
from domain.directory.member import Member
from domain.directory.ports import DirectoryTransaction
from domain.errors import PreconditionError
from domain.identifiers import JobId, MemberId

MOST_JOBS_NAMED = 5


class LastOwnerError(PreconditionError):
    reason = "LAST_OWNER"

    def __init__(self, member_id: MemberId) -> None:
        super().__init__(
            "A business keeps an owner: make somebody else one first.", member=member_id
        )


class OpenJobsError(PreconditionError):
    """Someone waits for this technician: the jobs go to others first, or are ended."""

    reason = "MEMBER_HAS_OPEN_JOBS"

    def __init__(self, member_id: MemberId, jobs: list[JobId]) -> None:
        named = ",".join(f"jobs/{job}" for job in jobs[:MOST_JOBS_NAMED])
        super().__init__("This technician still has open jobs.", member=member_id, jobs=named)


async def check_roles_may_go(
    transaction: DirectoryTransaction, member: Member, lost: AbstractSet[Role]
) -> None:
    """Raise LastOwnerError or OpenJobsError where the business cannot do without the roles yet."""
    if member.is_ended:
        return
    if Role.OWNER in lost and not await transaction.has_other_owner(member.id):
        raise LastOwnerError(member.id)
    if Role.TECHNICIAN in lost:
        jobs = await transaction.open_jobs_of(member.id)
        if jobs:
            raise OpenJobsError(member.id, jobs)
