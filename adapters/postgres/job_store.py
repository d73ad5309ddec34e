"""Jobs in Postgres: commands under a row lock, reads in one round trip, lists window by window."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from adapters.postgres.event_feed import last_event_number, read_events
from adapters.postgres.job_rows import COLUMNS, INSERT, UPDATE, job_from_row, row_from_job
from adapters.postgres.listing import list_newest_first
from adapters.postgres.proof_upload_rows import (
    COUNT_UPLOADS,
    ONE_UPLOAD,
    UPLOAD_LIKE,
    row_from_upload,
    upload_from_row,
)
from adapters.postgres.proof_upload_rows import DELETE as DELETE_UPLOAD
from adapters.postgres.proof_upload_rows import INSERT as INSERT_UPLOAD
from adapters.postgres.reads import read_row, read_rows
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext, Role
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, JobId, JobProofId, MemberId, OrganizationId, birth_time
from domain.jobs.events import EventBatch, JobEventType, NumberedJobEvent
from domain.jobs.job import Job
from domain.jobs.job_proof import ProofUpload
from domain.jobs.job_state import TAKEN_STATES
from domain.jobs.ports import JobFilter, JobTransaction
from domain.jobs.schedule import VISIT_WITHOUT_END
from domain.pages import Page, PageRequest

# The time inside the id names the one partition that can hold it.
ONE_JOB = (
    f"SELECT {COLUMNS} FROM jobs WHERE organization_id = %(organization_id)s::uuid"
    " AND id = %(id)s::uuid AND created_at = uuid_extract_timestamp(%(id)s::uuid)"
)
SOME_JOBS = (
    f"SELECT {COLUMNS} FROM jobs WHERE organization_id = %(organization_id)s::uuid"
    " AND id = ANY(%(ids)s::uuid[]) AND created_at BETWEEN %(first)s AND %(last)s"
)


# In every partition: when a job was created says nothing of the day it is planned for.
OVERLAPPING_JOB = f"""
SELECT {COLUMNS} FROM jobs
WHERE organization_id = %(organization_id)s::uuid AND technician_id = %(technician_id)s::uuid
  AND state IN ({", ".join(f"'{state}'" for state in sorted(TAKEN_STATES))})
  AND id <> %(id)s::uuid AND scheduled_start_at < %(ends_at)s
  AND COALESCE(scheduled_end_at, scheduled_start_at + %(without_end)s) > %(starts_at)s
ORDER BY scheduled_start_at, id LIMIT 1
"""


class PostgresJobTransaction(PostgresTransaction):
    """The domain's JobTransaction."""

    async def job(self, job_id: JobId) -> Job:
        cursor = await self._connection.execute(
            f"{ONE_JOB} FOR NO KEY UPDATE".encode(),
            {"organization_id": self.organization_id, "id": job_id},
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFoundError("job", job_id)
        return job_from_row(row)

    async def next_number(self) -> int:
        cursor = await self._connection.execute(
            "INSERT INTO job_counters AS counter (organization_id, last_number)"
            " VALUES (%(organization_id)s, 1) ON CONFLICT (organization_id)"
            " DO UPDATE SET last_number = counter.last_number + 1 RETURNING last_number",
            {"organization_id": self.organization_id},
        )
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def customer_exists(self, customer_id: CustomerId) -> bool:
        cursor = await self._connection.execute(
            "SELECT 1 FROM customers WHERE organization_id = %(organization_id)s AND id = %(id)s",
            {"organization_id": self.organization_id, "id": customer_id},
        )
        return await cursor.fetchone() is not None

    async def locked_member_roles(self, member_id: MemberId) -> frozenset[Role] | None:
        cursor = await self._connection.execute(
            "SELECT CASE WHEN ended_at IS NULL THEN roles ELSE '{}' END FROM members"
            " WHERE organization_id = %(organization_id)s AND id = %(id)s FOR NO KEY UPDATE",
            {"organization_id": self.organization_id, "id": member_id},
        )
        row = await cursor.fetchone()
        return None if row is None else frozenset(Role(role) for role in row[0])

    async def overlapping_job(self, job: Job) -> Job | None:
        taken = job.schedule.taken_time()
        if taken is None:
            return None
        # A statement of its own: it sees what was committed while this waited for the technician.
        cursor = await self._connection.execute(
            OVERLAPPING_JOB.encode(),
            {
                "organization_id": self.organization_id,
                "technician_id": job.technician_id,
                "id": job.id,
                "starts_at": taken[0],
                "ends_at": taken[1],
                "without_end": VISIT_WITHOUT_END,
            },
        )
        row = await cursor.fetchone()
        return None if row is None else job_from_row(row)

    async def add(self, job: Job) -> None:
        row = row_from_job(job)
        await self._connection.execute(INSERT.encode(), row)

    async def save(self, job: Job) -> None:
        await self._connection.execute(UPDATE.encode(), row_from_job(job))

    async def proof_upload(self, job_id: JobId, proof_id: JobProofId) -> ProofUpload | None:
        cursor = await self._connection.execute(
            ONE_UPLOAD.encode(),
            {"organization_id": self.organization_id, "job_id": job_id, "id": proof_id},
        )
        row = await cursor.fetchone()
        return None if row is None else upload_from_row(row)

    async def proof_upload_like(
        self, upload: ProofUpload, *, announced_after: datetime
    ) -> ProofUpload | None:
        wanted = {
            **row_from_upload(upload),
            "organization_id": self.organization_id,
            "announced_after": announced_after,
        }
        cursor = await self._connection.execute(UPLOAD_LIKE.encode(), wanted)
        row = await cursor.fetchone()
        return None if row is None else upload_from_row(row)

    async def count_proof_uploads(self, job_id: JobId, *, announced_after: datetime) -> int:
        wanted = {
            "organization_id": self.organization_id,
            "job_id": job_id,
            "announced_after": announced_after,
        }
        cursor = await self._connection.execute(COUNT_UPLOADS, wanted)
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def add_proof_upload(self, upload: ProofUpload) -> None:
        await self._connection.execute(INSERT_UPLOAD.encode(), row_from_upload(upload))

    async def remove_proof_upload(self, upload: ProofUpload) -> None:
        await self._connection.execute(DELETE_UPLOAD, row_from_upload(upload))


class PostgresJobStore:
    """The domain's JobStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[JobTransaction]:
        async with self._opener.open(context, PostgresJobTransaction) as transaction:
            yield transaction

    async def get(self, organization_id: OrganizationId, job_id: JobId) -> Job:
        row = await read_row(self._pool, organization_id, ONE_JOB, {"id": job_id})
        if row is None:
            raise NotFoundError("job", job_id)
        return job_from_row(row)

    async def list(
        self, organization_id: OrganizationId, wanted: JobFilter, page: PageRequest
    ) -> Page[Job]:
        conditions, parameters = list_conditions(wanted)
        rows, next_after = await list_newest_first(
            self._pool,
            organization_id,
            select=f"SELECT {COLUMNS} FROM jobs",
            conditions=conditions,
            parameters=parameters,
            page=page,
            since=wanted.since,
            until=wanted.until,
        )
        return Page(tuple(job_from_row(row) for row in rows), next_after)

    async def proof_upload(
        self, organization_id: OrganizationId, job_id: JobId, proof_id: JobProofId
    ) -> ProofUpload | None:
        key = {"job_id": job_id, "id": proof_id}
        row = await read_row(self._pool, organization_id, ONE_UPLOAD, key)
        return None if row is None else upload_from_row(row)

    async def last_event_number(self, organization_id: OrganizationId) -> int:
        return await last_event_number(self._pool, organization_id)

    async def events_after(
        self, organization_id: OrganizationId, number: int, limit: int
    ) -> EventBatch:
        rows = await read_events(self._pool, organization_id, after=number, limit=limit)
        jobs = await self._jobs(
            organization_id, {row.subject_id for row in rows if row.type in _JOB_EVENTS}
        )
        events = tuple(
            NumberedJobEvent(
                number=row.number,
                type=JobEventType(row.type),
                job=jobs[row.subject_id],
                occurred_at=row.occurred_at,
                actor=row.actor,
                taken_from=row.taken_from,
            )
            for row in rows
            if row.subject_id in jobs and row.type in _JOB_EVENTS
        )
        return EventBatch(events, rows[-1].number if rows else number, len(rows) == limit)

    async def _jobs(self, organization_id: OrganizationId, ids: set[UUID]) -> dict[UUID, Job]:
        if not ids:
            return {}
        births = [birth_time(job_id) for job_id in ids]
        parameters = {"ids": list(ids), "first": min(births), "last": max(births)}
        rows = await read_rows(self._pool, organization_id, SOME_JOBS, parameters)
        return {job.id: job for job in map(job_from_row, rows)}


_JOB_EVENTS = frozenset(JobEventType)


def list_conditions(wanted: JobFilter) -> tuple[str, dict[str, object]]:
    """Return the SQL of a list's filters, and what is bound to it."""
    conditions: list[str] = []
    if wanted.states:
        conditions.append("state = ANY(%(states)s)")
    if wanted.technician_id is not None:
        conditions.append("technician_id = %(technician_id)s::uuid")
    if wanted.customer_id is not None:
        conditions.append("customer_id = %(customer_id)s::uuid")
    parameters: dict[str, object] = {
        "states": sorted(wanted.states),
        "technician_id": wanted.technician_id,
        "customer_id": wanted.customer_id,
    }
    return "".join(f" AND {condition}" for condition in conditions), parameters
