"""What every JobStore owes: isolation, idempotency, order, events without gaps."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.blobs.blob import ContentType
from domain.commands import CommandContext, RequestIdReusedError, Role
from domain.errors import NotFoundError
from domain.identifiers import JobId, MemberId, OrganizationId, RequestId
from domain.iva import IvaRate
from domain.jobs.events import CursorExpiredError, JobEventType, job_event
from domain.jobs.job import CancelReason, Job
from domain.jobs.job_note import JobNote
from domain.jobs.job_proof import ProofKind
from domain.jobs.job_state import JobState
from domain.jobs.ports import JobFilter, JobStore
from domain.jobs.schedule import Schedule
from domain.jobs.use_cases.create_job import CreateJob, create_job
from domain.jobs.visit import PauseReason
from domain.money import Money
from domain.pages import PageRequest
from tests.support.builders import (
    AN_ADDRESS,
    a_context,
    a_job,
    a_price_line,
    a_proof,
    a_proof_upload,
)
from tests.support.clocks import MORNING, id_at, new_id

LONG_AGO = MORNING - timedelta(days=365)


def hours(start: float, end: float | None = None) -> Schedule:
    return Schedule(
        starts_at=MORNING + timedelta(hours=start),
        ends_at=None if end is None else MORNING + timedelta(hours=end),
    )


class JobStoreContract(ABC):
    """Subclasses give a store and ways to put in what belongs to other contexts."""

    store: JobStore

    @abstractmethod
    async def a_tenant(self) -> OrganizationId:
        """Return a new organisation."""

    @abstractmethod
    async def with_customer(self, job: Job) -> Job:
        """Return the job with a customer of its organisation who exists."""

    @abstractmethod
    async def a_technician(self, organization_id: OrganizationId) -> MemberId:
        """Return a technician of the organisation."""

    async def stored(self, organization_id: OrganizationId, **particular: object) -> Job:
        job = await self.with_customer(a_job(organization_id, **particular))
        async with self.store.transaction(a_context(organization_id)) as transaction:
            numbered = replace(job, number=await transaction.next_number())
            await transaction.add(numbered)
            transaction.publish(job_event(JobEventType.CREATED, numbered))
        return numbered

    async def test_a_stored_job_comes_back_as_it_was(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)

        job = await self.stored(
            organization_id,
            technician_id=technician,
            state=JobState.CANCELLED,
            cancel_reason=CancelReason.OTHER,
            cancel_note="Se mudó",
        )

        assert await self.store.get(organization_id, job.id) == job

    async def test_the_pauses_of_a_job_come_back_as_they_were(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.stored(organization_id, state=JobState.ARRIVED)
        worked = (
            job.start(MORNING)
            .pause(MORNING, reason=PauseReason.OTHER, note="Llueve — ¡a cántaros! 🌧")
            .resume(MORNING + timedelta(minutes=5, microseconds=1))
            .pause(MORNING + timedelta(hours=1), reason=PauseReason.BREAK, note="")
        )

        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.save(worked)

        assert await self.store.get(organization_id, job.id) == worked

    async def test_price_lines_and_notes_come_back_as_they_were(self) -> None:
        organization_id = await self.a_tenant()

        job = await self.stored(
            organization_id,
            price_lines=(
                a_price_line(quantity_thousandths=10**9, unit_price=Money(10**15 - 1)),
                a_price_line(description="½ codo «⅜»", iva_rate=IvaRate.TEN_AND_A_HALF),
            ),
            notes=(
                JobNote(author="somebody", written_at=MORNING, text='Dijo: "no\\sí"\n🐶'),
                JobNote(author="else", written_at=MORNING + timedelta(microseconds=1), text="x"),
            ),
        )

        assert await self.store.get(organization_id, job.id) == job

    async def test_proofs_come_back_as_they_were(self) -> None:
        organization_id = await self.a_tenant()

        job = await self.stored(
            organization_id,
            proofs=(
                a_proof(author='"º\\', confirmed_at=MORNING + timedelta(microseconds=1)),
                a_proof(kind=ProofKind.SIGNATURE, content_type=ContentType.WEBP),
            ),
        )

        assert await self.store.get(organization_id, job.id) == job

    async def test_an_upload_waits_until_it_is_removed(self) -> None:
        organization_id = await self.a_tenant()
        job, other = await self.stored(organization_id), await self.stored(organization_id)
        upload = a_proof_upload(job)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.add_proof_upload(upload)
            await transaction.add_proof_upload(a_proof_upload(other))
        async with self.store.transaction(a_context(organization_id)) as transaction:
            waiting = await transaction.count_proof_uploads(job.id, announced_after=LONG_AGO)
            found = await transaction.proof_upload(job.id, upload.id)
        seen = await self.store.proof_upload(organization_id, job.id, upload.id)
        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.remove_proof_upload(upload)

        assert (waiting, found, seen) == (1, upload, upload)
        assert await self.store.proof_upload(organization_id, job.id, upload.id) is None

    async def test_an_upload_is_found_under_its_own_job_and_organisation_alone(self) -> None:
        organization_id = await self.a_tenant()
        job, other = await self.stored(organization_id), await self.stored(organization_id)
        upload, stranger = a_proof_upload(job), await self.a_tenant()
        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.add_proof_upload(upload)

        async with self.store.transaction(a_context(stranger)) as transaction:
            foreign = await transaction.proof_upload(job.id, upload.id)
            counted = await transaction.count_proof_uploads(job.id, announced_after=LONG_AGO)
            alike = await transaction.proof_upload_like(upload, announced_after=LONG_AGO)

        assert (foreign, counted, alike) == (None, 0, None)
        assert await self.store.proof_upload(stranger, job.id, upload.id) is None
        assert await self.store.proof_upload(organization_id, other.id, upload.id) is None

    async def test_only_uploads_younger_than_a_moment_are_counted(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.stored(organization_id)
        old = a_proof_upload(job, id=id_at(MORNING))
        young = a_proof_upload(job, id=id_at(MORNING + timedelta(milliseconds=1)))
        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.add_proof_upload(old)
            await transaction.add_proof_upload(young)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            counted = await transaction.count_proof_uploads(job.id, announced_after=MORNING)

        assert counted == 1

    async def test_the_upload_that_waits_for_a_picture_is_the_youngest_that_is_alike(self) -> None:
        organization_id = await self.a_tenant()
        job, other = await self.stored(organization_id), await self.stored(organization_id)
        minutes = [a_proof_upload(job, id=id_at(MORNING + timedelta(minutes=i))) for i in range(3)]
        upload = a_proof_upload(job)
        content = upload.content
        unlike = [
            replace(upload, job_id=other.id),
            replace(upload, kind=ProofKind.PHOTO),
            replace(upload, content_type=ContentType.JPEG),
            replace(upload, content=replace(content, size_bytes=content.size_bytes + 1)),
            replace(upload, content=replace(content, sha256="e" * 64)),
            replace(upload, author="another"),
        ]
        async with self.store.transaction(a_context(organization_id)) as transaction:
            for each in minutes:
                await transaction.add_proof_upload(each)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            found = [
                await transaction.proof_upload_like(upload, announced_after=moment)
                for moment in (MORNING, minutes[2].created_at)
            ]
            strange = [
                await transaction.proof_upload_like(each, announced_after=LONG_AGO)
                for each in unlike
            ]

        assert found == [minutes[2], None]
        assert strange == [None] * len(unlike)

    async def test_an_upload_of_a_command_that_fails_does_not_wait(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.stored(organization_id)
        upload = a_proof_upload(job)

        with pytest.raises(RuntimeError):
            async with self.store.transaction(a_context(organization_id)) as transaction:
                await transaction.add_proof_upload(upload)
                raise RuntimeError

        assert await self.store.proof_upload(organization_id, job.id, upload.id) is None

    async def test_a_job_of_another_organisation_does_not_exist(self) -> None:
        job = await self.stored(await self.a_tenant())
        other = await self.a_tenant()

        with pytest.raises(NotFoundError) as refusal:
            await self.store.get(other, job.id)
        async with self.store.transaction(a_context(other)) as transaction:
            with pytest.raises(NotFoundError):
                await transaction.job(job.id)

        assert refusal.value.reason == "JOB_NOT_FOUND"

    async def test_a_change_that_fails_leaves_nothing(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.stored(organization_id)

        with pytest.raises(RuntimeError):
            async with self.store.transaction(a_context(organization_id)) as transaction:
                await transaction.save(job.cancel(MORNING, reason=CancelReason.OTHER, note="no"))
                transaction.publish(job_event(JobEventType.CANCELLED, job))
                raise RuntimeError

        assert await self.store.get(organization_id, job.id) == job
        assert await self.store.last_event_number(organization_id) == 1

    async def test_numbers_of_one_organisation_have_no_gaps(self) -> None:
        organization_id = await self.a_tenant()

        jobs = [await self.stored(organization_id) for _ in range(3)]

        assert [job.number for job in jobs] == [1, 2, 3]

    async def create(self, context: CommandContext, description: str = "Sin agua") -> Job:
        customer = (await self.with_customer(a_job(context.organization_id))).customer_id
        if not hasattr(self, "_customer"):
            self._customer = customer
        return await create_job(
            self.store,
            Uuid7Source(),
            context=context,
            command=CreateJob(
                customer_id=self._customer,
                description=description,
                service_address=AN_ADDRESS,
                price=a_job().price,
            ),
        )

    async def test_a_repeated_request_creates_one_job(self) -> None:
        context = a_context(await self.a_tenant(), request_id=RequestId(uuid4()))

        first = await self.create(context)
        again = await self.create(context)

        assert again == first
        page = await self.store.list(context.organization_id, JobFilter(), PageRequest())
        assert page.items == (first,)

    async def test_a_request_id_names_one_command(self) -> None:
        context = a_context(await self.a_tenant(), request_id=RequestId(uuid4()))
        await self.create(context)

        with pytest.raises(RequestIdReusedError):
            await self.create(context, description="Otra cosa")

    async def test_a_list_is_newest_first_and_continues_where_it_ended(self) -> None:
        organization_id = await self.a_tenant()
        jobs = [await self.stored(organization_id) for _ in range(5)]
        await self.stored(await self.a_tenant())

        first = await self.store.list(organization_id, JobFilter(), PageRequest(size=3))
        second = await self.store.list(
            organization_id, JobFilter(), PageRequest(size=3, after=first.next_after)
        )

        assert [job.number for job in (*first.items, *second.items)] == [5, 4, 3, 2, 1]
        assert first.next_after == jobs[2].id
        assert second.next_after is None

    async def test_a_full_last_page_ends_the_list(self) -> None:
        organization_id = await self.a_tenant()
        for _ in range(2):
            await self.stored(organization_id)

        page = await self.store.list(organization_id, JobFilter(), PageRequest(size=2))

        assert page.next_after is None

    async def test_filters_narrow_a_list(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        pending = await self.stored(organization_id)
        assigned = await self.stored(
            organization_id,
            id=JobId(id_at(pending.created_at + timedelta(seconds=1))),
            state=JobState.ASSIGNED,
            technician_id=technician,
        )

        async def listed(wanted: JobFilter) -> list[UUID]:
            page = await self.store.list(organization_id, wanted, PageRequest())
            return [job.id for job in page.items]

        assert await listed(JobFilter(states=frozenset({JobState.PENDING}))) == [pending.id]
        assert await listed(JobFilter(technician_id=technician)) == [assigned.id]
        assert await listed(JobFilter(customer_id=pending.customer_id)) == [pending.id]
        assert await listed(JobFilter(until=assigned.created_at)) == [pending.id]
        assert await listed(JobFilter(since=assigned.created_at)) == [assigned.id]

    async def test_roles_of_a_member_are_told_only_within_the_organisation(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            own = await transaction.locked_member_roles(technician)
        async with self.store.transaction(a_context(await self.a_tenant())) as transaction:
            foreign = await transaction.locked_member_roles(technician)

        assert own == frozenset({Role.TECHNICIAN})
        assert foreign is None

    async def test_a_job_at_the_same_time_is_found_among_the_technicians_own(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        values = {"technician_id": technician, "state": JobState.ASSIGNED}
        second, first, late, unended = [
            await self.stored(organization_id, schedule=schedule, **values)
            for schedule in (hours(2, 4), hours(0, 3), hours(5, 6), hours(8))
        ]
        await self.stored(organization_id, schedule=hours(0, 9))
        await self.stored(
            organization_id, schedule=hours(4, 5), **{**values, "state": JobState.COMPLETED}
        )

        async def in_the_way(schedule: Schedule, job: Job | None = None) -> UUID | None:
            wanted = replace(job or a_job(organization_id, **values), schedule=schedule)
            async with self.store.transaction(a_context(organization_id)) as transaction:
                found = await transaction.overlapping_job(wanted)
            return None if found is None else found.id

        assert await in_the_way(hours(1, 3)) == first.id
        assert await in_the_way(hours(3, 4)) == second.id
        assert await in_the_way(hours(1, 2), first) is None
        assert await in_the_way(hours(0, 9), first) == second.id
        assert await in_the_way(hours(4, 5)) is None
        assert await in_the_way(hours(4.5)) == late.id
        assert await in_the_way(hours(8.5, 9)) == unended.id
        assert await in_the_way(hours(9, 10)) is None
        assert await in_the_way(Schedule()) is None

    async def test_an_event_remembers_from_whom_a_job_was_taken(self) -> None:
        organization_id = await self.a_tenant()
        technician = await self.a_technician(organization_id)
        job = await self.stored(organization_id)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            transaction.publish(job_event(JobEventType.UNASSIGNED, job, taken_from=technician))
        batch = await self.store.events_after(organization_id, 0, 10)

        assert [event.taken_from for event in batch.events] == [None, technician]

    async def test_events_are_numbered_without_gaps_per_organisation(self) -> None:
        organization_id = await self.a_tenant()
        jobs = [await self.stored(organization_id) for _ in range(3)]
        await self.stored(await self.a_tenant())

        batch = await self.store.events_after(organization_id, 1, 10)

        assert [event.number for event in batch.events] == [2, 3]
        assert [event.job.id for event in batch.events] == [job.id for job in jobs[1:]]
        assert (batch.last_number, batch.has_more) == (3, False)

    async def test_a_feed_is_read_in_bounded_batches(self) -> None:
        organization_id = await self.a_tenant()
        for _ in range(3):
            await self.stored(organization_id)

        batch = await self.store.events_after(organization_id, 0, 2)

        assert (batch.last_number, batch.has_more) == (2, True)

    async def test_a_cursor_of_the_future_is_refused(self) -> None:
        organization_id = await self.a_tenant()

        with pytest.raises(CursorExpiredError):
            await self.store.events_after(organization_id, 7, 10)

    async def test_a_job_that_never_was_is_not_found(self) -> None:
        with pytest.raises(NotFoundError):
            await self.store.get(await self.a_tenant(), JobId(new_id()))
