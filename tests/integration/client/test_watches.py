"""Watches: streams that reconnect and go on where they were."""

import asyncio

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from campotech.health.v1.system_health_pb2 import (
    HEALTH_STATUS_DEGRADED,
    HEALTH_STATUS_HEALTHY,
    SystemHealth,
)
from campotech.tracking.v1.location_pb2 import LocationUpdate
from campotech.tracking.v1.locations_pb2 import WatchLocationsResponse
from campotech_client import CampoTech
from campotech_client.errors import OutOfRangeError, UnauthenticatedError, UnavailableError
from campotech_client.resources import Job
from tests.integration.client.conftest import SOON, FaultyServer
from tests.integration.client.faults import FULL, GOOD_TOKEN, TOKEN_EXPIRED, Fault

DEADLINE_SECONDS = 5
NEXT_TOKEN = "of-tomorrow"  # noqa: S105  # of a server that exists for a moment


async def test_a_watch_tells_what_happens_after_it_began(client: CampoTech) -> None:
    await client.jobs.create(Job(description="Before"))

    async with client.jobs.watch() as watch:
        await watch.begin()
        await client.jobs.create(Job(description="After"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            event = await anext(watch)

    assert event.job.description == "After"
    assert watch.cursor == event.cursor == 2


async def test_a_watch_may_begin_in_the_past(client: CampoTech) -> None:
    for number in range(3):
        await client.jobs.create(Job(description=f"Job {number}"))

    async with client.jobs.watch(after_cursor=1) as watch, asyncio.timeout(DEADLINE_SECONDS):
        events = [await anext(watch) for _ in range(2)]

    assert [event.cursor for event in events] == [2, 3]


async def test_a_watch_that_was_cut_off_misses_nothing_and_repeats_nothing(
    server: FaultyServer, client: CampoTech
) -> None:
    for number in range(6):
        await client.jobs.create(Job(description=f"Job {number}"))
    server.jobs.cut_next_watch(after_responses=3)
    server.jobs.cut_next_watch(after_responses=0)
    server.jobs.cut_next_watch(after_responses=2)

    async with client.jobs.watch(after_cursor=0) as watch, asyncio.timeout(DEADLINE_SECONDS):
        events = [await anext(watch) for _ in range(6)]

    assert [event.cursor for event in events] == [1, 2, 3, 4, 5, 6]
    assert server.jobs.resumed_after == [0, 2, 2, 3]


async def test_a_watch_that_is_cut_off_before_its_first_event_resumes_from_its_beginning(
    server: FaultyServer, client: CampoTech
) -> None:
    server.jobs.cut_next_watch(after_responses=1)

    async with client.jobs.watch() as watch:
        await watch.begin()
        await client.jobs.create(Job(description="While it was cut off"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            event = await anext(watch)

    assert event.cursor == 1
    assert server.jobs.resumed_after == [None, 0]


async def test_waiting_for_an_event_may_be_given_up_and_begun_again(client: CampoTech) -> None:
    async with client.jobs.watch() as watch:
        await watch.begin()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(watch), 0.05)
        await client.jobs.create(Job(description="Later"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            event = await anext(watch)

    assert event.job.description == "Later"


async def test_who_walks_a_watch_that_is_closed_comes_to_its_end(client: CampoTech) -> None:
    watch = client.jobs.watch()
    await watch.begin()
    has_walked = asyncio.Event()

    async def walk() -> None:
        async for _ in watch:
            has_walked.set()

    walking = asyncio.create_task(walk())
    await client.jobs.create(Job())
    async with asyncio.timeout(DEADLINE_SECONDS):
        await has_walked.wait()
        await watch.aclose()
        await walking

    assert watch.cursor == 1


async def test_a_cursor_that_is_no_longer_kept_ends_the_watch(
    server: FaultyServer, client: CampoTech
) -> None:
    expired = Fault(code=grpc.StatusCode.OUT_OF_RANGE, reason="CURSOR_EXPIRED")
    server.faults.planned.append(expired)

    async with client.jobs.watch(after_cursor=1) as watch:
        with pytest.raises(OutOfRangeError) as caught:
            await anext(watch)

    assert caught.value.reason == "CURSOR_EXPIRED"


async def test_a_watch_goes_on_after_it_met_a_full_server(
    server: FaultyServer, client: CampoTech
) -> None:
    await client.jobs.create(Job(description="In the end"))
    server.faults.planned.extend([FULL, FULL])

    async with client.jobs.watch(after_cursor=0) as watch, asyncio.timeout(DEADLINE_SECONDS):
        event = await anext(watch)

    assert event.job.description == "In the end"


async def test_a_watch_without_patience_gives_up() -> None:
    async with (
        CampoTech("127.0.0.1:1", retries=SOON) as client,
        client.jobs.watch(patience_seconds=0.2) as watch,
    ):
        with pytest.raises(UnavailableError):
            await asyncio.wait_for(anext(watch), DEADLINE_SECONDS)


async def test_a_token_that_runs_out_during_a_watch_is_fetched_anew(server: FaultyServer) -> None:
    tokens = iter([GOOD_TOKEN, NEXT_TOKEN])

    async with CampoTech(server.address, token=lambda: next(tokens), retries=SOON) as client:
        await client.jobs.create(Job(description="Today"))
        server.jobs.cut_next_watch(after_responses=1, fault=TOKEN_EXPIRED)
        async with client.jobs.watch(after_cursor=0) as watch:
            await watch.begin()
            server.faults.good_token = NEXT_TOKEN
            async with asyncio.timeout(DEADLINE_SECONDS):
                event = await anext(watch)

    assert event.job.description == "Today"


async def test_a_watch_goes_on_with_the_token_that_others_have_fetched_meanwhile(
    server: FaultyServer,
) -> None:
    async with CampoTech(
        server.address, token=lambda: server.faults.good_token, retries=SOON
    ) as client:
        server.jobs.cut_next_watch(after_responses=1, fault=TOKEN_EXPIRED)
        async with client.jobs.watch(after_cursor=0) as watch:
            await watch.begin()
            server.faults.good_token = NEXT_TOKEN
            await client.jobs.create(Job(description="With the next token"))
            async with asyncio.timeout(DEADLINE_SECONDS):
                event = await anext(watch)

    assert event.job.description == "With the next token"


async def test_a_watch_whose_token_has_expired_ends_when_there_is_no_other(
    server: FaultyServer,
) -> None:
    async with CampoTech(server.address, token=lambda: GOOD_TOKEN, retries=SOON) as client:
        await client.jobs.create(Job())
        server.jobs.cut_next_watch(after_responses=1, fault=TOKEN_EXPIRED)
        async with client.jobs.watch(after_cursor=0) as watch, asyncio.timeout(DEADLINE_SECONDS):
            await watch.begin()
            server.faults.good_token = NEXT_TOKEN
            with pytest.raises(UnauthenticatedError) as caught:
                await anext(watch)

    assert caught.value.reason == "TOKEN_EXPIRED"
    assert server.faults.methods_seen.count("WatchJobs") == 2


async def test_a_watch_whose_token_has_expired_waits_for_a_provider_that_is_away(
    server: FaultyServer,
) -> None:
    asked = 0

    def token() -> str:
        nonlocal asked
        asked += 1
        if 1 < asked < 4:
            raise ConnectionRefusedError
        return server.faults.good_token

    async with CampoTech(server.address, token=token, retries=SOON) as client:
        await client.jobs.create(Job(description="In the end"))
        server.jobs.cut_next_watch(after_responses=1, fault=TOKEN_EXPIRED)
        async with client.jobs.watch(after_cursor=0) as watch, asyncio.timeout(DEADLINE_SECONDS):
            await watch.begin()
            server.faults.good_token = NEXT_TOKEN
            event = await anext(watch)

    assert event.job.description == "In the end"
    assert asked == 4


async def test_positions_that_did_not_change_during_a_break_are_told_once(
    server: FaultyServer, client: CampoTech
) -> None:
    juana = LocationUpdate(technician="members/juana", latitude=-34.60)
    pedro = LocationUpdate(technician="members/pedro", latitude=-34.61)
    juana_later = LocationUpdate(technician="members/juana", latitude=-34.62)
    pedro_later = LocationUpdate(technician="members/pedro", latitude=-34.63)
    before = WatchLocationsResponse.Snapshot(locations=[juana, pedro])
    after = WatchLocationsResponse.Snapshot(locations=[juana_later, pedro])
    server.tracking.watch_answers.extend(
        [
            [WatchLocationsResponse(snapshot=before)],
            [
                WatchLocationsResponse(snapshot=after),
                WatchLocationsResponse(heartbeat=WatchLocationsResponse.Heartbeat()),
                WatchLocationsResponse(location=pedro_later),
            ],
        ]
    )

    async with client.tracking.watch() as watch, asyncio.timeout(DEADLINE_SECONDS):
        told = [await anext(watch) for _ in range(4)]

    assert told == [juana, pedro, juana_later, pedro_later]
    assert watch.positions == {"members/juana": juana_later, "members/pedro": pedro_later}


async def test_a_watch_of_health_tells_changes_and_no_signs_of_life_across_cuts(
    server: FaultyServer, client: CampoTech
) -> None:
    statuses = (
        HEALTH_STATUS_HEALTHY,
        HEALTH_STATUS_HEALTHY,
        None,
        HEALTH_STATUS_HEALTHY,
        HEALTH_STATUS_DEGRADED,
    )
    for number, status in enumerate(statuses):
        server.health.words.put_nowait(
            None
            if status is None
            else SystemHealth(status=status, check_time=Timestamp(seconds=number))
        )

    async with client.health.watch() as watch, asyncio.timeout(DEADLINE_SECONDS):
        told = [(await anext(watch)).status for _ in range(2)]

    assert told == [HEALTH_STATUS_HEALTHY, HEALTH_STATUS_DEGRADED]
    assert watch.health is not None
    assert watch.health.status == HEALTH_STATUS_DEGRADED
