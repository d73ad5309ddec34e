"""From the phone to the viewer through the whole server, also when what is behind it goes away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from campotech.jobs.v1.job_pb2 import Job
from campotech.tracking.v1 import location_pb2, locations_pb2
from domain.commands import Role
from tests.support.businesses import Business, Colleague, a_business
from tests.support.fix_tables import FixTables
from tests.support.refusals import refused
from tests.support.requests import registering_device, sending_fixes
from tests.support.rpc import running_api
from tests.support.servers import Database, RunningValkey
from tests.support.waiting import eventually_true

DEADLINE_SECONDS = 20


@pytest.fixture
async def business(database: Database, valkey_url: str, tmp_path: Path) -> AsyncIterator[Business]:
    """Yield a business on a server and a database of this test's own."""
    async with running_api(database, valkey_url, tmp_path) as api:
        yield await a_business(api)


class Phone:
    """A technician's phone that keeps what was not acked and sends it again."""

    def __init__(self, colleague: Colleague, device: str) -> None:
        self._stub = colleague.app.tracking
        self._device = device
        self.unacked: set[int] = set()

    @classmethod
    async def of(cls, colleague: Colleague) -> "Phone":
        answer = await colleague.app.tracking.RegisterDevice(registering_device())
        return cls(colleague, answer.device.name)

    async def send(self, *seqs: int) -> locations_pb2.StreamLocationsResponse:
        """Send fixes, and what is left from before, on a new stream; forget what is acked."""
        self.unacked.update(seqs)
        stream = self._stub.StreamLocations()
        await stream.write(sending_fixes(self._device, *self.unacked))
        answer = await stream.read()
        assert isinstance(answer, locations_pb2.StreamLocationsResponse)
        await stream.done_writing()
        for acked in answer.acked:
            self.unacked.difference_update(range(acked.first, acked.last + 1))
        return answer

    async def has_sent_all(self) -> bool:
        try:
            await self.send()
        except grpc.aio.AioRpcError:
            return False
        return not self.unacked


async def next_word(words: Any) -> locations_pb2.WatchLocationsResponse:
    async with asyncio.timeout(DEADLINE_SECONDS):
        word: locations_pb2.WatchLocationsResponse = await words.read()
        return word


async def next_location(words: Any) -> location_pb2.LocationUpdate:
    while True:
        word = await next_word(words)
        if word.WhichOneof("update") == "location":
            return word.location


def stored_seqs(database: Database) -> list[int]:
    with FixTables(database).connected() as connection:
        rows = connection.execute("SELECT seq FROM technician_locations ORDER BY seq").fetchall()
    return [int(row[0]) for row in rows]


async def test_the_office_sees_where_a_technician_is(business: Business) -> None:
    phone = await Phone.of(business.technician)
    words = business.office.tracking.WatchLocations(locations_pb2.WatchLocationsRequest())
    first = await next_word(words)

    await phone.send(1)
    shown = await next_location(words)
    words.cancel()
    again = business.office.tracking.WatchLocations(locations_pb2.WatchLocationsRequest())
    snapshot = (await next_word(again)).snapshot
    again.cancel()

    assert first.HasField("snapshot")
    assert not first.snapshot.locations
    assert shown.technician == business.technician.name
    assert [location.technician for location in snapshot.locations] == [business.technician.name]


async def test_nobody_sees_the_technicians_of_another_business(business: Business) -> None:
    other = await a_business(business.api)
    phone = await Phone.of(business.technician)
    await phone.send(1)
    words = other.office.tracking.WatchLocations(locations_pb2.WatchLocationsRequest())

    first = await next_word(words)
    second = await next_word(words)
    words.cancel()

    assert not first.snapshot.locations
    assert second.WhichOneof("update") == "heartbeat"


async def test_a_watched_technician_on_the_way_is_asked_for_a_fix_every_five_seconds(
    business: Business,
) -> None:
    phone = await Phone.of(business.technician)
    await business.job_in(Job.STATE_EN_ROUTE)
    words = business.office.tracking.WatchLocations(locations_pb2.WatchLocationsRequest())
    await next_word(words)
    seqs = iter(range(1, 10_000))

    async def is_asked_for_more() -> bool:
        answer = await phone.send(next(seqs))
        return bool(answer.policy.upload_interval.seconds == 5)

    is_asked = await eventually_true(is_asked_for_more)
    words.cancel()

    assert is_asked


async def test_a_new_stream_learns_what_an_earlier_one_stored(business: Business) -> None:
    phone = await Phone.of(business.technician)
    await phone.send(*range(1, 11))

    answer = await phone.send(12)

    assert [(item.first, item.last) for item in answer.acked] == [(1, 10), (12, 12)]


async def test_a_killed_connection_in_mid_flush_loses_and_doubles_nothing(
    business: Business, database: Database
) -> None:
    tables = FixTables(database)
    phone = await Phone.of(business.technician)
    await phone.send(1)

    with tables.locked():
        sending = asyncio.create_task(phone.send(*range(2, 102)))
        assert await eventually_true(lambda: _is_flushing(tables))
        tables.kill_writers()
    await sending

    assert not phone.unacked
    assert stored_seqs(database) == list(range(1, 102))


async def _is_flushing(tables: FixTables) -> bool:
    return bool(tables.writers())


async def test_a_database_that_is_away_ends_the_stream_and_the_phone_sends_again(
    business: Business, database: Database
) -> None:
    phone = await Phone.of(business.technician)
    await phone.send(*range(1, 6))

    with FixTables(database).closed_to_writers():
        refusal = await refused(phone.send(*range(6, 21)))
    has_sent_all = await eventually_true(phone.has_sent_all, within_seconds=DEADLINE_SECONDS)

    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert refusal.retry_after_seconds
    assert has_sent_all
    assert stored_seqs(database) == list(range(1, 21))


async def test_a_wiped_redis_costs_no_viewer_its_stream(
    business: Business, valkey_server: RunningValkey
) -> None:
    phone = await Phone.of(business.technician)
    await phone.send(1)
    words = business.office.tracking.WatchLocations(locations_pb2.WatchLocationsRequest())
    await next_word(words)

    with valkey_server.valkey.connect() as client:
        client.flushall()
    await phone.send(2)
    shown = await next_location(words)
    words.cancel()

    assert shown.technician == business.technician.name


async def test_a_wiped_redis_hides_nobody_from_the_list(
    business: Business, valkey_server: RunningValkey
) -> None:
    phone = await Phone.of(business.technician)
    await phone.send(1, 2)
    request = locations_pb2.ListLatestLocationsRequest()
    live = await business.office.tracking.ListLatestLocations(request)
    with valkey_server.valkey.connect() as client:
        client.flushall()

    stored = await business.office.tracking.ListLatestLocations(request)

    assert [location.technician for location in stored.locations] == [business.technician.name]
    assert stored.locations[0].latitude == live.locations[0].latitude
    assert stored.locations[0].recorded_at == live.locations[0].recorded_at


async def test_phones_of_many_technicians_share_transactions(
    business: Business, database: Database
) -> None:
    colleagues = [await business.hire(Role.TECHNICIAN) for _ in range(8)]
    phones = [await Phone.of(colleague) for colleague in colleagues]

    await asyncio.gather(*(phone.send(*range(1, 21)) for phone in phones))

    assert len(stored_seqs(database)) == 160
    assert FixTables(database).transactions() < 8
