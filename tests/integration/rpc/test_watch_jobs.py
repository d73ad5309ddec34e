"""WatchJobs over a real channel: in order, without gaps, from a cursor, whatever Valkey does."""

import asyncio

import grpc
import psycopg
import pytest

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from domain.commands import Role
from tests.support.businesses import Business, a_business, id_in
from tests.support.job_steps import ASSIGN, RESUME
from tests.support.job_watch import JobWatch
from tests.support.refusals import refused
from tests.support.rpc import running_api
from tests.support.servers import DatabaseServer, RunningValkey, running_valkey

pytestmark = pytest.mark.asyncio(loop_scope="package")

A_DAY = [
    JobEvent.TYPE_CREATED,
    JobEvent.TYPE_ASSIGNED,
    JobEvent.TYPE_TRAVEL_STARTED,
    JobEvent.TYPE_ARRIVED,
    JobEvent.TYPE_STARTED,
    JobEvent.TYPE_COMPLETED,
]


async def test_a_stream_begins_with_the_cursor_and_shows_that_it_lives(business: Business) -> None:
    await business.job()
    watch = JobWatch(business.office)

    signs = [await watch.begin(), await watch.heartbeat(), await watch.heartbeat()]

    assert signs == [1, 1, 1]


async def test_events_come_in_order_and_tell_who_did_what(business: Business) -> None:
    watch = JobWatch(business.office, parent=business.name)
    begin = await watch.begin()
    done = await business.job_in(Job.STATE_COMPLETED)

    events = await watch.events(len(A_DAY))

    dispatcher, technician = (
        str(id_in(colleague.name)) for colleague in (business.dispatcher, business.technician)
    )
    assert begin == 0
    assert [event.type for event in events] == A_DAY
    assert [event.cursor for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.actor for event in events] == [dispatcher] * 2 + [technician] * 4
    assert {event.job.name for event in events} == {done.name}
    assert events[-1].job == done
    assert events[-1].occur_time == done.complete_time


async def test_pauses_are_told_too(business: Business) -> None:
    watch = JobWatch(business.office)
    await watch.begin()
    job = await business.job_in(Job.STATE_PAUSED)
    await business.move(job.name, RESUME)

    events = await watch.events(7)

    assert [event.type for event in events[-2:]] == [
        JobEvent.TYPE_PAUSED,
        JobEvent.TYPE_RESUMED,
    ]


async def test_a_cancelled_job_is_told_too(business: Business) -> None:
    watch = JobWatch(business.office)
    await watch.begin()
    cancelled = await business.job_in(Job.STATE_CANCELLED)

    events = await watch.events(2)

    assert [event.type for event in events] == [JobEvent.TYPE_CREATED, JobEvent.TYPE_CANCELLED]
    assert events[-1].job == cancelled


async def test_who_was_cut_off_goes_on_after_the_last_cursor(business: Business) -> None:
    before = JobWatch(business.office)
    await before.begin()
    first, second = await business.job(), await business.job()
    seen = await before.event()
    before.hang_up()
    third = await business.job()

    after = JobWatch(business.office, after_cursor=seen.cursor)
    begin = await after.begin()
    events = await after.events(2)

    assert (seen.job.name, begin) == (first.name, seen.cursor)
    assert [event.job.name for event in events] == [second.name, third.name]


async def test_zero_begins_with_the_first_event(business: Business) -> None:
    job = await business.job()
    watch = JobWatch(business.office, after_cursor=0)

    await watch.begin()
    event = await watch.event()

    assert (event.cursor, event.job) == (1, job)


async def test_commands_at_the_same_time_leave_no_gap(business: Business) -> None:
    watch = JobWatch(business.office)
    await watch.begin()
    created = await asyncio.gather(*(business.job() for _ in range(20)))

    events = await watch.events(20)

    assert [event.cursor for event in events] == list(range(1, 21))
    assert {event.job.name for event in events} == {job.name for job in created}


async def test_a_cursor_of_another_feed_is_refused(business: Business) -> None:
    request = jobs_pb2.WatchJobsRequest(after_cursor=99)

    refusal = await refused(business.office.jobs.WatchJobs(request).read())

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.OUT_OF_RANGE, "CURSOR_EXPIRED")


async def test_a_cursor_whose_events_are_no_longer_kept_is_refused(business: Business) -> None:
    for _ in range(3):
        await business.job()
    with psycopg.connect(business.api.database.superuser_url) as connection:
        connection.execute(
            "DELETE FROM organization_events WHERE organization_id = %s AND number <= 2",
            [business.id],
        )
    request = jobs_pb2.WatchJobsRequest(after_cursor=1)

    refusal = await refused(business.office.jobs.WatchJobs(request).read())
    kept = JobWatch(business.office, after_cursor=2)
    await kept.begin()

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.OUT_OF_RANGE, "CURSOR_EXPIRED")
    assert (await kept.event()).cursor == 3


async def test_a_technician_is_told_of_their_own_jobs_alone(business: Business) -> None:
    other = await business.hire(Role.TECHNICIAN)
    await business.move((await business.job()).name, ASSIGN, technician=other.name)
    await business.job()
    own = await business.job_in(Job.STATE_ASSIGNED)

    watch = JobWatch(business.technician.app, after_cursor=0)
    await watch.begin()
    events = await watch.events(2)
    last = await watch.heartbeat()

    assert [event.type for event in events] == [JobEvent.TYPE_CREATED, JobEvent.TYPE_ASSIGNED]
    assert [event.job for event in events] == [own, own]
    assert last == events[-1].cursor


async def test_a_technicians_cursor_passes_what_they_may_not_see(business: Business) -> None:
    for _ in range(3):
        await business.job()
    watch = JobWatch(business.technician.app, after_cursor=0)

    assert await watch.begin() == 0
    assert await watch.heartbeat() == 3


async def test_streams_go_on_when_valkey_is_wiped(
    business: Business, valkey_server: RunningValkey
) -> None:
    watch = JobWatch(business.office)
    await watch.begin()
    with valkey_server.valkey.connect() as client:
        client.flushall()
    job = await business.job()

    event = await watch.event()

    assert event.job == job


async def test_streams_and_commands_go_on_without_valkey(
    postgres_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        postgres_server.migrated_database() as database,
        running_valkey(tmp_path_factory.mktemp("valkey")) as valkey,
    ):
        async with running_api(
            database, valkey.valkey.url(), tmp_path_factory.mktemp("keys")
        ) as api:
            business = await a_business(api)
            watch = JobWatch(business.office)
            await watch.begin()
            valkey.child.stop(timeout_seconds=5)

            done = await business.job_in(Job.STATE_COMPLETED)
            events = await watch.events(len(A_DAY))
            late = JobWatch(business.office, after_cursor=0)
            await late.begin()

            assert [event.type for event in events] == A_DAY
            assert events[-1].job == done
            assert (await late.event()).job == done
