"""Changing a job: of the version that was read, once, and told with the names of the fields."""

from uuid import uuid4

import pytest

from domain.errors import EtagMismatchError
from domain.identifiers import RequestId
from domain.jobs.job import Job
from domain.jobs.job_changes import JobChanges
from domain.jobs.job_state import JobState
from domain.jobs.use_cases.update_job import UpdateJob, update_job
from domain.money import Money
from tests.support.builders import a_context, a_job
from tests.support.clocks import StoppedClock
from tests.support.in_memory_jobs import InMemoryJobStore

CLOCK = StoppedClock()
DEARER = JobChanges(price=Money(900))


def an_update(job: Job, changes: JobChanges = DEARER) -> UpdateJob:
    return UpdateJob(job_id=job.id, changes=changes, expected_version=job.version)


async def test_a_change_is_stored_told_and_audited_once_however_often_it_is_repeated() -> None:
    job = a_job()
    store, context = InMemoryJobStore(job), a_context(job.organization_id, request_id=a_request())

    first = await update_job(store, CLOCK, context=context, command=an_update(job))
    again = await update_job(store, CLOCK, context=context, command=an_update(job))

    assert first == again == await store.get(job.organization_id, job.id)
    assert first.price == Money(900)
    assert [event.type for _, _, event in store.ledger.events] == ["job_updated"]
    assert store.ledger.audits == [("job_updated", job.id)]


@pytest.mark.parametrize("expected", [None, 2])
async def test_what_was_not_read_is_not_overwritten(expected: int | None) -> None:
    job = a_job(version=3)
    command = UpdateJob(job_id=job.id, changes=DEARER, expected_version=expected)

    with pytest.raises(EtagMismatchError) as refusal:
        await update_job(
            InMemoryJobStore(job), CLOCK, context=a_context(job.organization_id), command=command
        )

    assert refusal.value.metadata == {"current_etag": "3", "current_state": "PENDING"}


async def test_no_change_is_told_to_nobody() -> None:
    job = a_job(state=JobState.COMPLETED)
    store = InMemoryJobStore(job)

    same = await update_job(
        store,
        CLOCK,
        context=a_context(job.organization_id),
        command=an_update(job, JobChanges(price=job.price)),
    )

    assert same == job
    assert store.ledger.events == []
    assert store.ledger.audits == []


def a_request() -> RequestId:
    return RequestId(uuid4())
