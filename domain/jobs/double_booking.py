"""One technician is not promised to two customers at one time."""

from domain.errors import PreconditionError
from domain.identifiers import MemberId
from domain.jobs.job import Job
from domain.jobs.ports import JobTransaction


class TechnicianDoubleBookedError(PreconditionError):
    reason = "TECHNICIAN_DOUBLE_BOOKED"

    def __init__(self, technician_id: MemberId, other: Job) -> None:
        super().__init__(
            f"The technician has job {other.number} at that time.",
            technician=technician_id,
            job=other.id,
            number=other.number,
        )


async def check_technician_is_free(transaction: JobTransaction, job: Job) -> None:
    """Raise TechnicianDoubleBookedError if the job's technician has another one at its time.

    The transaction must hold the lock on the technician: of two that book the same hour, the
    second then sees what the first did.
    """
    if job.technician_id is None:
        return
    other = await transaction.overlapping_job(job)
    if other is not None:
        raise TechnicianDoubleBookedError(job.technician_id, other)
