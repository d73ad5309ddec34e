"""What of a job may be changed, in which of its states, and how it is then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.addresses import Address
from domain.changes import KEEP, Keep, new_value
from domain.errors import InvalidInputError, PreconditionError
from domain.identifiers import CustomerId
from domain.jobs.job import Job
from domain.jobs.job_state import OPEN_STATES, JobState
from domain.jobs.price_line import PriceLine
from domain.jobs.schedule import Schedule
from domain.money import Money


class JobField(StrEnum):
    """What may be changed, by the name that callers know it by."""

    DESCRIPTION = "description"
    SERVICE_ADDRESS = "service_address"
    SCHEDULED_START = "scheduled_start_time"
    SCHEDULED_END = "scheduled_end_time"
    PRICE = "price"
    PRICE_LINES = "price_lines"


_NOBODY_HAS_LEFT = frozenset({JobState.PENDING, JobState.ASSIGNED})

CHANGEABLE_WHILE: Mapping[JobField, frozenset[JobState]] = {
    JobField.DESCRIPTION: OPEN_STATES,
    JobField.SERVICE_ADDRESS: _NOBODY_HAS_LEFT | {JobState.EN_ROUTE},
    JobField.SCHEDULED_START: _NOBODY_HAS_LEFT,
    JobField.SCHEDULED_END: _NOBODY_HAS_LEFT,
    # The invoice copies price and lines when the job is completed.
    JobField.PRICE: OPEN_STATES,
    JobField.PRICE_LINES: OPEN_STATES,
}
_READ: Mapping[JobField, Callable[[Job], object]] = {
    JobField.DESCRIPTION: lambda job: job.description,
    JobField.SERVICE_ADDRESS: lambda job: job.service_address,
    JobField.SCHEDULED_START: lambda job: job.schedule.starts_at,
    JobField.SCHEDULED_END: lambda job: job.schedule.ends_at,
    JobField.PRICE: lambda job: job.price,
    JobField.PRICE_LINES: lambda job: job.price_lines,
}


class FieldFixedError(PreconditionError):
    reason = "JOB_FIELD_FIXED"

    def __init__(self, field: JobField, current: JobState) -> None:
        super().__init__(
            f"The {field} of a job that is {current} changes no more.",
            field=f"job.{field}",
            current_state=current,
        )


class CustomerImmutableError(InvalidInputError):
    reason = "FIELD_IMMUTABLE"

    def __init__(self) -> None:
        super().__init__("A job stays with its customer.", field="job.customer")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChanges:
    """New values of a job's fields; what is KEEP stays as it is."""

    customer_id: CustomerId | Keep = KEEP
    """Whose job the caller takes it for."""
    description: str | Keep = KEEP
    service_address: Address | Keep = KEEP
    starts_at: datetime | Keep | None = KEEP
    ends_at: datetime | Keep | None = KEEP
    price: Money | Keep = KEEP
    """Where there are lines it is what they come to, said or not."""
    price_lines: tuple[PriceLine, ...] | Keep = KEEP


def with_changes(job: Job, changes: JobChanges, at: datetime) -> Job:
    """Return the next version of a job, or the job itself where nothing is another value.

    Raises FieldFixedError, CustomerImmutableError, InvalidInputError.
    """
    if new_value(changes.customer_id, job.customer_id) != job.customer_id:
        raise CustomerImmutableError
    changed = replace(
        job,
        description=new_value(changes.description, job.description),
        service_address=new_value(changes.service_address, job.service_address),
        schedule=Schedule(
            starts_at=new_value(changes.starts_at, job.schedule.starts_at),
            ends_at=new_value(changes.ends_at, job.schedule.ends_at),
        ),
    ).priced(
        None if isinstance(changes.price, Keep) else changes.price,
        new_value(changes.price_lines, job.price_lines),
    )
    different = differing_fields(job, changed)
    for field in different:
        if job.state not in CHANGEABLE_WHILE[field]:
            raise FieldFixedError(field, job.state)
    return replace(changed, version=job.version + 1, updated_at=at) if different else job


def differing_fields(one: Job, other: Job) -> list[JobField]:
    """Return the changeable fields in which two versions of a job differ."""
    return [field for field, read in _READ.items() if read(one) != read(other)]
