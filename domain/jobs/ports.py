"""What jobs need from outside: a store with transactions, lists and the feed of events."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.commands import CommandContext, Role
from domain.identifiers import CustomerId, JobId, JobProofId, MemberId, OrganizationId
from domain.jobs.events import EventBatch
from domain.jobs.job import Job
from domain.jobs.job_proof import ProofUpload
from domain.jobs.job_state import JobState
from domain.pages import Page, PageRequest
from domain.transactions import CommandTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a list holds; what is None or empty does not restrict it."""

    states: frozenset[JobState] = frozenset()
    technician_id: MemberId | None = None
    customer_id: CustomerId | None = None
    since: datetime | None = None
    """Created at or after."""
    until: datetime | None = None
    """Created before."""


class JobTransaction(CommandTransaction, Protocol):
    """One command on the jobs of an organisation."""

    async def job(self, job_id: JobId) -> Job:
        """Return the job, locked until the transaction ends; raise NotFoundError."""
        ...

    async def next_number(self) -> int:
        """Return the organisation's next job number; it is used up only if this commits."""
        ...

    async def customer_exists(self, customer_id: CustomerId) -> bool:
        """Tell whether the organisation has this customer."""
        ...

    async def locked_member_roles(self, member_id: MemberId) -> frozenset[Role] | None:
        """Return the roles of a member of the organisation, None where there is none.

        Who has left has no roles. The member is locked until the transaction ends: two that book
        one technician come one after the other.
        """
        ...

    async def overlapping_job(self, job: Job) -> Job | None:
        """Return an open job that the same technician has at the same time, None if none.

        Of several it is the one that starts first.
        """
        ...

    async def add(self, job: Job) -> None:
        """Store a new job."""
        ...

    async def save(self, job: Job) -> None:
        """Store the next version of a job that this transaction locked."""
        ...

    async def proof_upload(self, job_id: JobId, proof_id: JobProofId) -> ProofUpload | None:
        """Return an upload that waits for its confirmation, None where there is none.

        The lock on the job guards the uploads that belong to it.
        """
        ...

    async def proof_upload_like(
        self, upload: ProofUpload, *, announced_after: datetime
    ) -> ProofUpload | None:
        """Return the newest upload that waits for this very picture; None if none does.

        It is of the same job, kind, type, content and author, and younger than that moment.
        """
        ...

    async def count_proof_uploads(self, job_id: JobId, *, announced_after: datetime) -> int:
        """Return how many uploads of the job wait that are younger than that moment."""
        ...

    async def add_proof_upload(self, upload: ProofUpload) -> None:
        """Store an upload that waits."""
        ...

    async def remove_proof_upload(self, upload: ProofUpload) -> None:
        """Let an upload wait no more."""
        ...


class JobStore(Protocol):
    """The jobs of all organisations, one organisation at a time."""

    def transaction(self, context: CommandContext) -> AbstractAsyncContextManager[JobTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def get(self, organization_id: OrganizationId, job_id: JobId) -> Job:
        """Return a job; raise NotFoundError."""
        ...

    async def list(
        self, organization_id: OrganizationId, wanted: JobFilter, page: PageRequest
    ) -> Page[Job]:
        """Return a page of jobs, newest first."""
        ...

    async def proof_upload(
        self, organization_id: OrganizationId, job_id: JobId, proof_id: JobProofId
    ) -> ProofUpload | None:
        """Return an upload that waits for its confirmation, None where there is none."""
        ...

    async def last_event_number(self, organization_id: OrganizationId) -> int:
        """Return the number of the newest event, 0 if there is none."""
        ...

    async def events_after(
        self, organization_id: OrganizationId, number: int, limit: int
    ) -> EventBatch:
        """Return the events after a number in order; raise CursorExpiredError."""
        ...


class News(Protocol):
    """Tells one watcher when there may be something new."""

    async def wait(self, timeout_seconds: float) -> bool:
        """Return True once something may have happened, False after the timeout.

        While hints cannot come in it returns True about once a second, so that the feed is read.
        """
        ...


class EventHints(Protocol):
    """Hints that an organisation's feed went on; losing them costs time and nothing else."""

    def watch(self, organization_id: OrganizationId) -> AbstractAsyncContextManager[News]:
        """Begin to listen, before the feed is read for the first time."""
        ...
