"""Watching jobs: resumes from a cursor, tells in order, keeps quiet streams alive."""

from contextlib import aclosing

import pytest

from domain.commands import Role
from domain.identifiers import MemberId, OrganizationId
from domain.jobs.events import CursorExpiredError, JobEventType, job_event
from domain.jobs.ports import JobStore
from domain.jobs.use_cases.watch_jobs import watch_jobs
from tests.support.builders import a_context, a_job, an_actor, an_organization_id
from tests.support.clocks import new_id
from tests.support.in_memory_jobs import InMemoryJobStore


async def publish(store: JobStore, organization_id: OrganizationId, count: int) -> None:
    for _ in range(count):
        async with store.transaction(a_context(organization_id)) as transaction:
            job = a_job(organization_id)
            await transaction.add(job)
            transaction.publish(job_event(JobEventType.CREATED, job))


async def nothing_new() -> bool:
    return False


async def test_a_watcher_without_a_cursor_is_told_only_what_happens_from_now_on() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    await publish(store, organization_id, 2)

    async def one_more() -> bool:
        await publish(store, organization_id, 1)
        return True

    batches = watch_jobs(
        store,
        an_actor(),
        organization_id=organization_id,
        after=None,
        wait_for_news=one_more,
    )
    async with aclosing(batches):
        opening = await anext(batches)
        news = await anext(batches)

    assert (opening.events, opening.last_number) == ((), 2)
    assert [event.number for event in news.events] == [3]


async def test_a_watcher_who_was_cut_off_misses_nothing() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    await publish(store, organization_id, 450)

    numbers: list[int] = []
    batches = watch_jobs(
        store,
        an_actor(),
        organization_id=organization_id,
        after=7,
        wait_for_news=nothing_new,
    )
    async with aclosing(batches):
        while len(numbers) < 443:
            numbers.extend(event.number for event in (await anext(batches)).events)

    assert numbers == list(range(8, 451))


async def test_a_quiet_stream_shows_that_it_is_alive() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    await publish(store, organization_id, 1)

    batches = watch_jobs(
        store,
        an_actor(),
        organization_id=organization_id,
        after=1,
        wait_for_news=nothing_new,
    )
    async with aclosing(batches):
        signs = [await anext(batches) for _ in range(3)]

    assert [(sign.events, sign.last_number) for sign in signs] == [((), 1)] * 3


async def test_a_technician_is_told_of_their_own_jobs_and_passes_the_others() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    technician = MemberId(new_id())
    await publish(store, organization_id, 1)
    async with store.transaction(a_context(organization_id)) as transaction:
        own = a_job(organization_id, technician_id=technician)
        await transaction.add(own)
        transaction.publish(job_event(JobEventType.ASSIGNED, own))
    await publish(store, organization_id, 1)

    batches = watch_jobs(
        store,
        an_actor(Role.TECHNICIAN, member_id=technician),
        organization_id=organization_id,
        after=0,
        wait_for_news=nothing_new,
    )
    async with aclosing(batches):
        await anext(batches)
        told = await anext(batches)

    assert [event.job.id for event in told.events] == [own.id]
    assert told.last_number == 3


async def test_a_technician_is_told_of_the_job_that_was_taken_from_them() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    technician, other = MemberId(new_id()), MemberId(new_id())
    async with store.transaction(a_context(organization_id)) as transaction:
        job = a_job(organization_id, technician_id=other)
        await transaction.add(job)
        transaction.publish(job_event(JobEventType.ASSIGNED, job, taken_from=technician))
        transaction.publish(job_event(JobEventType.TRAVEL_STARTED, job))

    batches = watch_jobs(
        store,
        an_actor(Role.TECHNICIAN, member_id=technician),
        organization_id=organization_id,
        after=0,
        wait_for_news=nothing_new,
    )
    async with aclosing(batches):
        await anext(batches)
        told = await anext(batches)

    assert [event.type for event in told.events] == [JobEventType.ASSIGNED]


async def test_a_technician_who_is_no_member_is_told_of_no_job() -> None:
    store, organization_id = InMemoryJobStore(), an_organization_id()
    await publish(store, organization_id, 1)

    batches = watch_jobs(
        store,
        an_actor(Role.TECHNICIAN),
        organization_id=organization_id,
        after=0,
        wait_for_news=nothing_new,
    )
    async with aclosing(batches):
        told = [await anext(batches) for _ in range(3)]

    assert [batch.events for batch in told] == [()] * 3
    assert told[-1].last_number == 1


async def test_a_cursor_that_the_feed_cannot_continue_is_refused() -> None:
    batches = watch_jobs(
        InMemoryJobStore(),
        an_actor(),
        organization_id=an_organization_id(),
        after=99,
        wait_for_news=nothing_new,
    )

    async with aclosing(batches):
        with pytest.raises(CursorExpiredError):
            await anext(batches)
