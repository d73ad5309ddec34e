"""Jobs in memory, for tests of rules."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.commands import CommandContext, Role
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, JobId, JobProofId, MemberId, OrganizationId
from domain.jobs.events import (
    TAKEN_FROM,
    CursorExpiredError,
    EventBatch,
    JobEventType,
    NumberedJobEvent,
)
from domain.jobs.job import Job
from domain.jobs.job_proof import ProofUpload
from domain.jobs.job_state import TAKEN_STATES
from domain.jobs.ports import JobFilter, JobTransaction
from domain.pages import Page, PageRequest
from domain.transactions import JsonScalar
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryJobStore:
    """The domain's JobStore; customers and members are what a test puts in."""

    def __init__(self, *jobs: Job) -> None:
        self.ledger = Ledger()
        self.customers: set[tuple[OrganizationId, CustomerId]] = set()
        self.proof_uploads: dict[JobProofId, ProofUpload] = {}
        self.members: dict[tuple[OrganizationId, MemberId], frozenset[Role]] = {}
        self.jobs: dict[tuple[OrganizationId, JobId], Job] = {
            (job.organization_id, job.id): job for job in jobs
        }

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[JobTransaction]:
        async with committing(InMemoryJobTransaction(self, context)) as transaction:
            yield transaction

    async def get(self, organization_id: OrganizationId, job_id: JobId) -> Job:
        job = self.jobs.get((organization_id, job_id))
        if job is None:
            raise NotFoundError("job", job_id)
        return job

    async def list(
        self, organization_id: OrganizationId, wanted: JobFilter, page: PageRequest
    ) -> Page[Job]:
        found = sorted(
            (
                job
                for job in self.jobs.values()
                if job.organization_id == organization_id
                and _matches(job, wanted)
                and (page.after is None or job.id < page.after)
            ),
            key=lambda job: job.id,
            reverse=True,
        )
        items = tuple(found[: page.size])
        return Page(items, items[-1].id if len(found) > page.size else None)

    async def proof_upload(
        self, organization_id: OrganizationId, job_id: JobId, proof_id: JobProofId
    ) -> ProofUpload | None:
        found = self.proof_uploads.get(proof_id)
        if found is None or (found.organization_id, found.job_id) != (organization_id, job_id):
            return None
        return found

    async def last_event_number(self, organization_id: OrganizationId) -> int:
        return len(self._feed(organization_id))

    async def events_after(
        self, organization_id: OrganizationId, number: int, limit: int
    ) -> EventBatch:
        feed = self._feed(organization_id)
        if number > len(feed):
            raise CursorExpiredError(number, len(feed))
        events = tuple(feed[number : number + limit])
        return EventBatch(
            events, events[-1].number if events else number, has_more=len(events) == limit
        )

    def _feed(self, organization_id: OrganizationId) -> Sequence[NumberedJobEvent]:
        own = [entry for entry in self.ledger.events if entry[0] == organization_id]
        return [
            NumberedJobEvent(
                number=number,
                type=JobEventType(event.type),
                job=self.jobs[organization_id, JobId(event.subject_id)],
                occurred_at=event.occurred_at,
                actor=actor,
                taken_from=_member(event.details.get(TAKEN_FROM)),
            )
            for number, (_, actor, event) in enumerate(own, start=1)
        ]


class InMemoryJobTransaction(InMemoryTransaction):
    """The domain's JobTransaction."""

    def __init__(self, store: InMemoryJobStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store

    async def job(self, job_id: JobId) -> Job:
        return await self._store.get(self._context.organization_id, job_id)

    async def next_number(self) -> int:
        own = [key for key in self._store.jobs if key[0] == self._context.organization_id]
        return len(own) + 1

    async def customer_exists(self, customer_id: CustomerId) -> bool:
        return (self._context.organization_id, customer_id) in self._store.customers

    async def locked_member_roles(self, member_id: MemberId) -> frozenset[Role] | None:
        return self._store.members.get((self._context.organization_id, member_id))

    async def overlapping_job(self, job: Job) -> Job | None:
        overlapping = [
            other
            for other in self._store.jobs.values()
            if other.id != job.id
            and (other.organization_id, other.technician_id)
            == (job.organization_id, job.technician_id)
            and other.state in TAKEN_STATES
            and other.schedule.overlaps(job.schedule)
        ]
        return min(overlapping, key=_planned_for, default=None)

    async def add(self, job: Job) -> None:
        self.on_commit(lambda: self._store.jobs.__setitem__((job.organization_id, job.id), job))

    async def save(self, job: Job) -> None:
        await self.add(job)

    async def proof_upload(self, job_id: JobId, proof_id: JobProofId) -> ProofUpload | None:
        return await self._store.proof_upload(self._context.organization_id, job_id, proof_id)

    async def proof_upload_like(
        self, upload: ProofUpload, *, announced_after: datetime
    ) -> ProofUpload | None:
        alike = [
            waiting
            for waiting in self._waiting(upload.job_id, announced_after)
            if replace(waiting, id=upload.id, created_at=upload.created_at) == upload
        ]
        return max(alike, key=lambda waiting: waiting.id, default=None)

    async def count_proof_uploads(self, job_id: JobId, *, announced_after: datetime) -> int:
        return len(self._waiting(job_id, announced_after))

    def _waiting(self, job_id: JobId, announced_after: datetime) -> list[ProofUpload]:
        owner = (self._context.organization_id, job_id)
        return [
            upload
            for upload in self._store.proof_uploads.values()
            if (upload.organization_id, upload.job_id) == owner
            and upload.created_at > announced_after
        ]

    async def add_proof_upload(self, upload: ProofUpload) -> None:
        self.on_commit(lambda: self._store.proof_uploads.__setitem__(upload.id, upload))

    async def remove_proof_upload(self, upload: ProofUpload) -> None:
        self.on_commit(lambda: self._store.proof_uploads.__delitem__(upload.id))


def _member(detail: JsonScalar) -> MemberId | None:
    return None if detail is None else MemberId(UUID(str(detail)))


def _planned_for(job: Job) -> tuple[datetime, JobId]:
    assert job.schedule.starts_at is not None
    return job.schedule.starts_at, job.id


def _matches(job: Job, wanted: JobFilter) -> bool:
    return (
        (not wanted.states or job.state in wanted.states)
        and wanted.technician_id in (None, job.technician_id)
        and wanted.customer_id in (None, job.customer_id)
        and (wanted.since is None or job.created_at >= wanted.since)
        and (wanted.until is None or job.created_at < wanted.until)
    )
