"""A job: one visit to a customer, and the states of its day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.addresses import Address
from domain.commands import Actor
from domain.errors import (
    EtagMismatchError,
    InvalidInputError,
    PermissionDeniedError,
    PreconditionError,
)
from domain.identifiers import CustomerId, JobId, MemberId, OrganizationId
from domain.money import Money


class JobState(StrEnum):
    PENDING = "PENDING"
    ASSIGNED = "ASSIGNED"
    EN_ROUTE = "EN_ROUTE"
    ARRIVED = "ARRIVED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class CancelReason(StrEnum):
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    CUSTOMER_ABSENT = "CUSTOMER_ABSENT"
    NO_TECHNICIAN = "NO_TECHNICIAN"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


NEXT_STATES: Mapping[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.ASSIGNED, JobState.CANCELLED}),
    JobState.ASSIGNED: frozenset({JobState.ASSIGNED, JobState.EN_ROUTE, JobState.CANCELLED}),
    JobState.EN_ROUTE: frozenset({JobState.ARRIVED, JobState.CANCELLED}),
    JobState.ARRIVED: frozenset({JobState.IN_PROGRESS, JobState.CANCELLED}),
    JobState.IN_PROGRESS: frozenset({JobState.COMPLETED, JobState.CANCELLED}),
    JobState.COMPLETED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class TransitionRefusedError(PreconditionError):
    reason = "JOB_TRANSITION_REFUSED"

    def __init__(self, current: JobState, wanted: JobState) -> None:
        super().__init__(
            f"A job that is {current} cannot become {wanted}.",
            current_state=current,
            wanted_state=wanted,
        )


class NotYourJobError(PermissionDeniedError):
    reason = "JOB_OF_ANOTHER_TECHNICIAN"

    def __init__(self) -> None:
        super().__init__("This job is assigned to somebody else.")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTimes:
    """When each step of the day happened, by the server's clock; None while it has not."""

    en_route_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the customer expects somebody."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.ends_at is not None and (self.starts_at is None or self.ends_at <= self.starts_at):
            raise InvalidInputError(
                "A schedule that ends needs a start before its end.", field="job.scheduled_end_time"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A frozen value: each transition returns a new one with the next version."""

    id: JobId
    organization_id: OrganizationId
    number: int
    customer_id: CustomerId
    description: str
    service_address: Address
    price: Money
    created_at: datetime
    updated_at: datetime
    state: JobState = JobState.PENDING
    technician_id: MemberId | None = None
    schedule: Schedule = field(default_factory=Schedule)
    times: VisitTimes = field(default_factory=VisitTimes)
    work_summary: str = ""
    cancel_reason: CancelReason | None = None
    cancel_note: str = ""
    version: int = 1

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the actor dispatches or is the assigned technician."""
        if actor.is_dispatching:
            return True
        # A caller who is no member matches nobody, not the jobs that nobody was given.
        return actor.member_id is not None and actor.member_id == self.technician_id

    def check_movable_by(self, actor: Actor) -> None:
        """Raise NotYourJobError unless the actor dispatches or is the assigned technician."""
        if not self.is_open_to(actor):
            raise NotYourJobError

    def check_version(self, expected: int | None) -> None:
        """Raise EtagMismatchError if the caller read another version; None means any will do."""
        if expected is not None and expected != self.version:
            raise EtagMismatchError(
                "The job changed since it was read.",
                current_etag=self.version,
                current_state=self.state,
            )

    def assign_to(self, technician_id: MemberId, at: datetime, *, expected: int | None) -> Self:
        """Choose who goes; a job that has a technician is only taken over by its version."""
        assigned = self._moved_to(JobState.ASSIGNED, at)
        if self.technician_id is not None and expected is None:
            raise EtagMismatchError(
                "The job has a technician: its etag is needed to choose another.",
                current_etag=self.version,
                current_state=self.state,
            )
        self.check_version(expected)
        return replace(assigned, technician_id=technician_id)

    def start_travel(self, at: datetime) -> Self:
        moved = self._moved_to(JobState.EN_ROUTE, at)
        return replace(moved, times=replace(self.times, en_route_at=at))

    def arrive(self, at: datetime) -> Self:
        moved = self._moved_to(JobState.ARRIVED, at)
        return replace(moved, times=replace(self.times, arrived_at=at))

    def start(self, at: datetime) -> Self:
        moved = self._moved_to(JobState.IN_PROGRESS, at)
        return replace(moved, times=replace(self.times, started_at=at))

    def complete(self, at: datetime, *, work_summary: str, final_price: Money | None) -> Self:
        moved = self._moved_to(JobState.COMPLETED, at)
        return replace(
            moved,
            times=replace(self.times, completed_at=at),
            work_summary=work_summary,
            price=final_price or self.price,
        )

    def cancel(self, at: datetime, *, reason: CancelReason, note: str) -> Self:
        moved = self._moved_to(JobState.CANCELLED, at)
        return replace(
            moved,
            times=replace(self.times, cancelled_at=at),
            cancel_reason=reason,
            cancel_note=note,
        )

    def _moved_to(self, wanted: JobState, at: datetime) -> Self:
        if wanted not in NEXT_STATES[self.state]:
            raise TransitionRefusedError(self.state, wanted)
        return replace(self, state=wanted, version=self.version + 1, updated_at=at)
