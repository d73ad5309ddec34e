"""A job: one visit to a customer, and what may happen to it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.addresses import Address
from domain.commands import Actor
from domain.errors import EtagMismatchError, PermissionDeniedError
from domain.identifiers import CustomerId, JobId, JobProofId, MemberId, OrganizationId
from domain.jobs.job_note import MOST_NOTES, JobNote, TooManyNotesError
from domain.jobs.job_proof import MOST_PROOFS, JobProof, ProofsFullError
from domain.jobs.job_state import JobState, JobStep, state_after
from domain.jobs.price_line import PriceLine, price_of, sum_of
from domain.jobs.schedule import Schedule
from domain.jobs.visit import PauseReason, VisitTimes
from domain.money import Money


class CancelReason(StrEnum):
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    CUSTOMER_ABSENT = "CUSTOMER_ABSENT"
    NO_TECHNICIAN = "NO_TECHNICIAN"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class NotYourJobError(PermissionDeniedError):
    reason = "JOB_OF_ANOTHER_TECHNICIAN"

    def __init__(self) -> None:
        super().__init__("This job is assigned to somebody else.")


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
    price_lines: tuple[PriceLine, ...] = ()
    """What the price is the sum of; empty where it was agreed as a whole."""
    notes: tuple[JobNote, ...] = ()
    proofs: tuple[JobProof, ...] = ()
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

    def check_version_was_read(self, expected: int | None) -> None:
        """Raise EtagMismatchError unless the caller says that they read this very version."""
        if expected is None:
            raise EtagMismatchError(
                "The job's etag is needed: somebody else may have changed it.",
                current_etag=self.version,
                current_state=self.state,
            )
        self.check_version(expected)

    def assign_to(self, technician_id: MemberId, at: datetime, *, expected: int | None) -> Self:
        """Choose who goes; a job that has a technician is only taken over by its version."""
        assigned = self._moved_by(JobStep.ASSIGN, at)
        if self.technician_id is not None:
            self.check_version_was_read(expected)
        self.check_version(expected)
        return replace(assigned, technician_id=technician_id)

    def unassign(self, at: datetime, *, expected: int | None) -> Self:
        """Take the job from its technician, by the version that was read."""
        unassigned = self._moved_by(JobStep.UNASSIGN, at)
        self.check_version_was_read(expected)
        return replace(unassigned, technician_id=None)

    def start_travel(self, at: datetime) -> Self:
        moved = self._moved_by(JobStep.START_TRAVEL, at)
        return replace(moved, times=replace(self.times, en_route_at=at))

    def arrive(self, at: datetime) -> Self:
        moved = self._moved_by(JobStep.ARRIVE, at)
        return replace(moved, times=replace(self.times, arrived_at=at))

    def start(self, at: datetime) -> Self:
        moved = self._moved_by(JobStep.START, at)
        return replace(moved, times=replace(self.times, started_at=at))

    def pause(self, at: datetime, *, reason: PauseReason, note: str) -> Self:
        """Let the work stand still; raise TooManyPausesError."""
        moved = self._moved_by(JobStep.PAUSE, at)
        return replace(moved, times=self.times.paused(at, reason=reason, note=note))

    def resume(self, at: datetime) -> Self:
        moved = self._moved_by(JobStep.RESUME, at)
        return replace(moved, times=self.times.resumed(at))

    def complete(
        self,
        at: datetime,
        *,
        work_summary: str,
        final_price: Money | None = None,
        final_lines: tuple[PriceLine, ...] = (),
    ) -> Self:
        """Take over the final price and lines, or keep what was agreed.

        Raises PriceNotOfLinesError, InvalidInputError.
        """
        moved = self._moved_by(JobStep.COMPLETE, at)
        return replace(
            moved,
            times=replace(self.times.resumed(at), completed_at=at),
            work_summary=work_summary,
        ).priced(final_price, final_lines or self.price_lines, field="final_price")

    def priced(
        self, price: Money | None, lines: tuple[PriceLine, ...], *, field: str = "job.price"
    ) -> Self:
        """Return the job at a price with lines; None is what they come to, or what it was."""
        if price is None:
            price = sum_of(lines, field=f"{field}_lines") if lines else self.price
        return replace(self, price=price_of(price, lines, field=field), price_lines=lines)

    def with_note(self, note: JobNote) -> Self:
        """Add a note; raise TooManyNotesError."""
        if len(self.notes) >= MOST_NOTES:
            raise TooManyNotesError
        return replace(
            self,
            notes=(*self.notes, note),
            version=self.version + 1,
            updated_at=note.written_at,
        )

    def has_proof(self, proof_id: JobProofId) -> bool:
        return any(proof.id == proof_id for proof in self.proofs)

    def with_proof(self, proof: JobProof) -> Self:
        """Add a photo or a signature; raise ProofsFullError."""
        if len(self.proofs) >= MOST_PROOFS:
            raise ProofsFullError
        return replace(
            self,
            proofs=(*self.proofs, proof),
            version=self.version + 1,
            updated_at=proof.confirmed_at,
        )

    def cancel(self, at: datetime, *, reason: CancelReason, note: str) -> Self:
        moved = self._moved_by(JobStep.CANCEL, at)
        return replace(
            moved,
            times=replace(self.times.resumed(at), cancelled_at=at),
            cancel_reason=reason,
            cancel_note=note,
        )

    def _moved_by(self, step: JobStep, at: datetime) -> Self:
        state = state_after(step, self.state)
        return replace(self, state=state, version=self.version + 1, updated_at=at)
