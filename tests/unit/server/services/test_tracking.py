"""TrackingService behind the real frame on a loopback channel, with stores in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import grpc
import pytest
from prometheus_client import CollectorRegistry

from adapters.clock import SystemClock, Uuid7Source
from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2, locations_pb2_grpc
from domain.commands import Role
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.fix import MAX_SEQ, unix_microseconds
from domain.tracking.ports import FixBatch, IngestFullError
from domain.tracking.use_cases.stream_locations import TrackingPorts
from server.api_server import Service
from server.request_rules import RequestRules
from server.services.tracking import TrackingService
from server.services.tracking_metrics import TrackingMetrics
from tests.support.clocks import new_id
from tests.support.in_memory_tracking import (
    InMemoryDeviceStore,
    InMemoryFixStore,
    InMemoryLivePositions,
    KnownPositions,
    KnownTravels,
)
from tests.support.loopback import loopback
from tests.support.refusals import refused
from tests.support.requests import EPOCH, a_moment, a_sent_fix, registering_device, sending_fixes
from tests.support.token_issuer import TokenIssuer
from tests.support.tracking_builders import a_position
from tests.support.waiting import eventually_true

SERVICE = locations_pb2.DESCRIPTOR.services_by_name["TrackingService"].full_name
DAY_SECONDS = 86_400


class FullFixStore(InMemoryFixStore):
    """A buffer that others have filled."""

    async def append(self, batch: FixBatch) -> None:
        raise IngestFullError(2.0)


class Phone:
    """A technician's app."""

    def __init__(self, stub: Any, token: str) -> None:
        self._stub = stub
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def register(self, **particular: Any) -> locations_pb2.RegisterDeviceResponse:
        request = registering_device(**particular)
        answer: locations_pb2.RegisterDeviceResponse = await self._stub.RegisterDevice(
            request, metadata=self._metadata
        )
        return answer

    def stream(self) -> Any:
        return self._stub.StreamLocations(metadata=self._metadata)

    async def send(
        self, request: locations_pb2.StreamLocationsRequest
    ) -> locations_pb2.StreamLocationsResponse:
        """Return the answer to one batch on a stream of its own."""
        stream = self.stream()
        await stream.write(request)
        answer: locations_pb2.StreamLocationsResponse = await stream.read()
        await stream.done_writing()
        return answer

    async def report(
        self, request: locations_pb2.StreamLocationsRequest
    ) -> locations_pb2.ReportLocationsResponse:
        """Return the answer to one batch in a call of its own."""
        answer: locations_pb2.ReportLocationsResponse = await self._stub.ReportLocations(
            locations_pb2.ReportLocationsRequest(batch=request.batch), metadata=self._metadata
        )
        return answer

    async def latest(self, **particular: Any) -> locations_pb2.ListLatestLocationsResponse:
        answer: locations_pb2.ListLatestLocationsResponse = await self._stub.ListLatestLocations(
            locations_pb2.ListLatestLocationsRequest(**particular), metadata=self._metadata
        )
        return answer

    def watch(self, **particular: Any) -> Any:
        request = locations_pb2.WatchLocationsRequest(**particular)
        return self._stub.WatchLocations(request, metadata=self._metadata)


async def next_location(words: Any) -> locations_pb2.WatchLocationsResponse:
    """Return the next word that is no sign of life."""
    while True:
        word: locations_pb2.WatchLocationsResponse = await words.read()
        if word.WhichOneof("update") != "heartbeat":
            return word


class Rig:
    """The service, what it stands on, and people who call it."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self.issuer = issuer
        self.devices = InMemoryDeviceStore()
        self.fixes = InMemoryFixStore(self.devices)
        self.live = InMemoryLivePositions()
        self.recorded = KnownPositions()
        self.organization_id = OrganizationId(new_id())
        self.registry = CollectorRegistry()
        self.stub: Any = None

    def service(self) -> Service:
        ports = TrackingPorts(
            devices=self.devices,
            fixes=self.fixes,
            live=self.live,
            travels=KnownTravels(),
            clock=SystemClock(),
        )
        tracking = TrackingService(
            ports,
            Uuid7Source(),
            recorded=self.recorded,
            rules=RequestRules(),
            metrics=TrackingMetrics(self.registry),
            heartbeat_seconds=0.05,
        )
        return Service(
            SERVICE, partial(locations_pb2_grpc.add_TrackingServiceServicer_to_server, tracking)
        )

    def phone(self, organization_id: OrganizationId | None = None) -> Phone:
        """Return the app of another technician."""
        organization_id = organization_id or self.organization_id
        member_id = MemberId(new_id())
        self.devices.members.add((organization_id, member_id))
        token = self.issuer.token(
            Role.TECHNICIAN, organization_id=organization_id, subject=str(member_id)
        )
        return Phone(self.stub, token)

    def office(self) -> Phone:
        token = self.issuer.token(Role.DISPATCHER, organization_id=self.organization_id)
        return Phone(self.stub, token)

    async def has_no_viewers(self) -> bool:
        return not self.live.has_viewers

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def serving(rig: Rig) -> AsyncIterator[Rig]:
    async with loopback([rig.service()], rig.issuer) as running:
        rig.stub = locations_pb2_grpc.TrackingServiceStub(running.channel)
        yield rig


@pytest.fixture
async def rig(issuer: TokenIssuer) -> AsyncIterator[Rig]:
    async with serving(Rig(issuer)) as running:
        yield running


async def test_a_registered_phone_learns_its_name_and_how_to_go_on(rig: Rig) -> None:
    answer = await rig.phone().register(device_label="Moto G")

    assert answer.device.name.startswith(f"organizations/{rig.organization_id}/devices/")
    assert answer.device.technician.startswith(f"organizations/{rig.organization_id}/members/")
    assert answer.device.device_label == "Moto G"
    assert answer.device.install_epoch == EPOCH
    assert answer.device.etag
    assert answer.policy.mode == location_pb2.TrackingPolicy.MODE_STREAM
    assert answer.policy.sample_interval.seconds == 15


@pytest.mark.parametrize(
    ("particular", "field"),
    [
        ({"platform": device_pb2.Device.PLATFORM_UNSPECIFIED}, "platform"),
        ({"platform": 9}, "platform"),
        ({"installation_id": "mine"}, "installation_id"),
        ({"installation_id": ""}, "installation_id"),
        ({"install_epoch": 0}, "install_epoch"),
        ({"install_epoch": -1}, "install_epoch"),
        ({"device_label": "x" * 101}, "device_label"),
        ({"parent": "organizations/mine"}, "parent"),
        ({"request_id": "1"}, "request_id"),
    ],
)
async def test_a_bad_registration_is_refused_by_field(
    rig: Rig, particular: dict[str, Any], field: str
) -> None:
    refusal = await refused(rig.phone().register(**particular))

    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert field in refusal.fields


async def test_registrations_that_contradict_what_is_known_are_refused(rig: Rig) -> None:
    phone, installation_id = rig.phone(), str(uuid4())
    await phone.register(installation_id=installation_id)

    past = await refused(phone.register(installation_id=installation_id, install_epoch=EPOCH - 1))
    taken = await refused(rig.phone().register(installation_id=installation_id))
    foreign = await refused(phone.register(parent=f"organizations/{new_id()}"))

    assert (past.code, past.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "INSTALL_EPOCH_PAST",
    )
    assert (taken.code, taken.reason) == (grpc.StatusCode.ALREADY_EXISTS, "INSTALLATION_TAKEN")
    assert foreign.code == grpc.StatusCode.NOT_FOUND


async def test_a_batch_is_answered_with_what_is_stored(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name

    answer = await phone.send(sending_fixes(device, 3, 1, 2, 9))

    assert [(item.first, item.last) for item in answer.acked] == [(1, 3), (9, 9)]
    assert not answer.rejected
    assert answer.install_epoch == EPOCH
    assert abs(answer.server_time.ToSeconds() - a_moment().ToSeconds()) < 60
    assert answer.policy.mode == location_pb2.TrackingPolicy.MODE_STREAM
    assert rig.counted("campotech_location_fixes_received_total") == 4


async def test_later_batches_need_not_name_the_phone_again(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    stream = phone.stream()

    await stream.write(sending_fixes(device, 1))
    first = await stream.read()
    await stream.write(
        locations_pb2.StreamLocationsRequest(
            batch=location_pb2.LocationBatch(fixes=[a_sent_fix(2)])
        )
    )
    second = await stream.read()
    await stream.done_writing()
    end = await stream.read()

    assert [(item.first, item.last) for item in second.acked] == [(2, 2)]
    assert first.HasField("policy")
    assert not second.HasField("policy")
    assert end is grpc.aio.EOF
    assert await stream.code() == grpc.StatusCode.OK


async def test_a_stream_may_go_on_in_another_numbering(rig: Rig) -> None:
    phone, installation_id = rig.phone(), str(uuid4())
    device = (await phone.register(installation_id=installation_id)).device.name
    await phone.register(installation_id=installation_id, install_epoch=EPOCH + 1)
    stream = phone.stream()

    await stream.write(sending_fixes(device, 1))
    first = await stream.read()
    newer = location_pb2.LocationBatch(install_epoch=EPOCH + 1, fixes=[a_sent_fix(1)])
    await stream.write(locations_pb2.StreamLocationsRequest(batch=newer))
    second = await stream.read()
    await stream.done_writing()

    assert [first.install_epoch, second.install_epoch] == [EPOCH, EPOCH + 1]


async def test_fixes_that_never_can_be_stored_are_answered_with_a_reason(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    now = a_moment().ToSeconds()
    request = sending_fixes(device, 1, 2, 3)
    request.batch.fixes[0].recorded_at.FromSeconds(now - 91 * DAY_SECONDS)
    request.batch.fixes[2].recorded_at.FromSeconds(now + 2 * DAY_SECONDS)

    answer = await phone.send(request)

    assert [(item.first, item.last) for item in answer.acked] == [(2, 2)]
    assert [(item.seq, item.reason) for item in answer.rejected] == [
        (1, location_pb2.RejectedFix.REASON_TOO_OLD),
        (3, location_pb2.RejectedFix.REASON_TOO_FAR_IN_FUTURE),
    ]
    assert rig.counted("campotech_location_fixes_rejected_total", reason="TOO_OLD") == 1
    assert rig.counted("campotech_location_fixes_received_total") == 1


@pytest.mark.parametrize(
    ("particular", "field"),
    [
        ({"latitude": 200.0}, "latitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"longitude": -180.5}, "longitude"),
        ({"longitude": float("inf")}, "longitude"),
        ({"accuracy_meters": -1.0}, "accuracy_meters"),
        ({"accuracy_meters": float("nan")}, "accuracy_meters"),
        ({"speed_meters_per_second": 1001.0}, "speed_meters_per_second"),
        ({"heading_degrees": 360.0}, "heading_degrees"),
        ({"battery_percent": 101}, "battery_percent"),
        ({"seq": 0}, "seq"),
        ({"seq": -4}, "seq"),
        ({"seq": MAX_SEQ + 1}, "seq"),
        ({"recorded_at": None}, "recorded_at"),
    ],
)
async def test_a_bad_fix_is_refused_by_its_place_in_the_batch(
    rig: Rig, particular: dict[str, Any], field: str
) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    request = sending_fixes(device, 1, 2, 3)
    request.batch.fixes.append(a_sent_fix(**{"seq": 4, **particular}))

    refusal = await refused(phone.send(request))

    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.fields == [f"batch.fixes[3].{field}"]
    assert rig.live.offered == []


@pytest.mark.parametrize(
    ("batch", "reason", "field"),
    [
        ({"device": "", "install_epoch": EPOCH}, "DEVICE_MISSING", "batch.device"),
        ({"install_epoch": 0}, "DEVICE_MISSING", "batch.install_epoch"),
        ({"install_epoch": -1}, "INVALID_FIELD", "batch.install_epoch"),
        ({"device": "devices/mine"}, "INVALID_FIELD", "batch.device"),
        ({"fixes": []}, "FIELD_REQUIRED", "batch.fixes"),
        ({"fixes": [a_sent_fix()] * 501}, "INVALID_FIELD", "batch.fixes"),
    ],
)
async def test_a_bad_batch_is_refused_by_field(
    rig: Rig, batch: dict[str, Any], reason: str, field: str
) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    values: dict[str, Any] = {
        "device": device,
        "install_epoch": EPOCH,
        "fixes": [a_sent_fix()],
        **batch,
    }
    request = locations_pb2.StreamLocationsRequest(batch=location_pb2.LocationBatch(**values))

    refusal = await refused(phone.send(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert refusal.fields == [field]


async def test_somebody_elses_phone_does_not_exist(rig: Rig) -> None:
    device = (await rig.phone().register()).device.name
    colleague, stranger = rig.phone(), rig.phone(OrganizationId(new_id()))

    refusals = [await refused(phone.send(sending_fixes(device))) for phone in (colleague, stranger)]

    assert [(refusal.code, refusal.reason) for refusal in refusals] == [
        (grpc.StatusCode.NOT_FOUND, "DEVICE_NOT_FOUND")
    ] * 2


async def test_a_numbering_that_was_never_registered_is_refused(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    request = sending_fixes(device)
    request.batch.install_epoch = EPOCH + 1

    refusal = await refused(phone.send(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "INSTALL_EPOCH_UNKNOWN",
    )


async def test_a_full_buffer_is_told_with_a_time_to_try_again(issuer: TokenIssuer) -> None:
    full = Rig(issuer)
    full.fixes = FullFixStore(full.devices)

    async with serving(full) as rig:
        phone = rig.phone()
        device = (await phone.register()).device.name
        refusal = await refused(phone.send(sending_fixes(device)))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "INGEST_FULL")
    assert refusal.retry_after_seconds == 2.0


async def test_a_database_that_is_down_ends_the_stream_with_a_time_to_try_again(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    stream = phone.stream()
    await stream.write(sending_fixes(device, 1))
    await stream.read()
    rig.fixes.is_down = True

    await stream.write(sending_fixes(device, 2))
    refusal = await refused(stream.read())

    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert refusal.retry_after_seconds


async def test_a_viewer_sees_everybody_then_what_changes_then_signs_of_life(rig: Rig) -> None:
    known = a_position(rig.organization_id)
    rig.live.offer(known)
    rig.live.offer(a_position())
    words = rig.office().watch()

    first = await words.read()
    phone = rig.phone()
    device = (await phone.register()).device
    request = sending_fixes(device.name, speed_meters_per_second=8.25, heading_degrees=359.99)
    await phone.send(request)
    second = await next_location(words)
    third = await words.read()
    words.cancel()

    (shown,) = first.snapshot.locations
    assert shown.technician.endswith(str(known.technician_id))
    assert second.WhichOneof("update") == "location"
    assert second.location.technician == device.technician
    assert second.location.latitude == pytest.approx(-34.6037)
    assert second.location.speed_meters_per_second == pytest.approx(8.2)
    assert second.location.heading_degrees == 0
    assert not second.location.HasField("battery_percent")
    assert second.location.recorded_at == request.batch.fixes[0].recorded_at
    assert third.WhichOneof("update") == "heartbeat"


async def test_a_viewer_may_ask_for_some_technicians(rig: Rig) -> None:
    wanted = a_position(rig.organization_id)
    rig.live.offer(wanted)
    rig.live.offer(a_position(rig.organization_id))
    words = rig.office().watch(technicians=[f"members/{wanted.technician_id}"])

    first = await words.read()
    words.cancel()

    (shown,) = first.snapshot.locations
    assert shown.technician.endswith(str(wanted.technician_id))


@pytest.mark.parametrize(
    ("particular", "code", "field"),
    [
        ({"parent": "mine"}, grpc.StatusCode.INVALID_ARGUMENT, "parent"),
        ({"technicians": ["members/1"]}, grpc.StatusCode.INVALID_ARGUMENT, "technicians[0]"),
        (
            {"technicians": [f"members/{new_id()}"] * 2},
            grpc.StatusCode.INVALID_ARGUMENT,
            "technicians",
        ),
        ({"parent": f"organizations/{new_id()}"}, grpc.StatusCode.NOT_FOUND, None),
        (
            {"technicians": [f"organizations/{new_id()}/members/{new_id()}"]},
            grpc.StatusCode.NOT_FOUND,
            None,
        ),
    ],
)
async def test_a_bad_wish_to_watch_is_refused(
    rig: Rig, particular: dict[str, Any], code: grpc.StatusCode, field: str | None
) -> None:
    refusal = await refused(rig.office().watch(**particular).read())

    assert refusal.code == code
    assert refusal.fields == ([] if field is None else [field])


async def test_a_viewer_who_stops_reading_costs_no_memory_and_gets_the_newest(rig: Rig) -> None:
    technician_id, last = MemberId(new_id()), 20_000
    words = rig.office().watch()
    await words.read()

    for seq in range(1, last + 1):
        rig.live.offer(a_position(rig.organization_id, technician_id, seq=seq))
        if seq % 10 == 0:
            await asyncio.sleep(0)
    waiting = rig.live.waiting_positions
    told, newest = 0, a_position(rig.organization_id, technician_id, seq=last)
    async with asyncio.timeout(30):
        while True:
            word = await words.read()
            told += word.HasField("location")
            if word.location.recorded_at.ToMicroseconds() == newest.fix.recorded_at:
                break
    words.cancel()

    assert waiting <= 1
    assert told < last / 4


async def test_a_viewer_who_hangs_up_is_forgotten(rig: Rig) -> None:
    words = rig.office().watch()
    await words.read()
    assert rig.live.has_viewers

    words.cancel()

    assert await eventually_true(rig.has_no_viewers)


async def test_a_report_is_answered_as_the_first_batch_of_a_stream_is(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    await phone.send(sending_fixes(device, 1, 2))

    answer = await phone.report(sending_fixes(device, 5))
    streamed = await phone.send(sending_fixes(device, 6))

    assert [(item.first, item.last) for item in answer.acked] == [(1, 2), (5, 5)]
    assert [(item.first, item.last) for item in streamed.acked] == [(1, 2), (5, 6)]
    assert answer.install_epoch == EPOCH
    assert answer.policy.upload_interval.seconds
    assert abs(answer.server_time.ToSeconds() - a_moment().ToSeconds()) < 60


async def test_a_report_names_what_will_never_be_stored(rig: Rig) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    ages_ago = a_moment(-timedelta(days=100))

    answer = await phone.report(sending_fixes(device, 4, recorded_at=ages_ago))

    assert not answer.acked
    assert [(item.seq, item.reason) for item in answer.rejected] == [
        (4, location_pb2.RejectedFix.REASON_TOO_OLD)
    ]


@pytest.mark.parametrize(
    ("batch", "reason", "field"),
    [
        ({"device": ""}, "DEVICE_MISSING", "batch.device"),
        ({"install_epoch": 0}, "DEVICE_MISSING", "batch.install_epoch"),
        ({"fixes": []}, "FIELD_REQUIRED", "batch.fixes"),
        ({"fixes": [a_sent_fix(latitude=200)]}, "INVALID_FIELD", "batch.fixes[0].latitude"),
        ({"fixes": [a_sent_fix(MAX_SEQ + 1)]}, "INVALID_FIELD", "batch.fixes[0].seq"),
    ],
)
async def test_a_bad_report_is_refused_by_field(
    rig: Rig, batch: dict[str, Any], reason: str, field: str
) -> None:
    phone = rig.phone()
    device = (await phone.register()).device.name
    values: dict[str, Any] = {
        "device": device,
        "install_epoch": EPOCH,
        "fixes": [a_sent_fix()],
        **batch,
    }
    request = locations_pb2.StreamLocationsRequest(batch=location_pb2.LocationBatch(**values))

    refusal = await refused(phone.report(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert refusal.fields == [field]


async def test_nobody_reports_for_somebody_elses_phone(rig: Rig) -> None:
    device = (await rig.phone().register()).device.name

    refusal = await refused(rig.phone().report(sending_fixes(device)))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "DEVICE_NOT_FOUND")


async def test_the_office_lists_where_everybody_was_last(rig: Rig) -> None:
    now = unix_microseconds(datetime.now(UTC))
    earlier = a_position(rig.organization_id, recorded_at=now - 5_000_000)
    later = a_position(rig.organization_id, recorded_at=now - 1_000_000)
    gone = a_position(rig.organization_id, recorded_at=now - 3 * DAY_SECONDS * 1_000_000)
    for position in (earlier, later, gone, a_position(recorded_at=now)):
        rig.live.offer(position)

    everybody = await rig.office().latest()
    one = await rig.office().latest(technicians=[f"members/{earlier.technician_id}"])

    newest_members_first = sorted({earlier.technician_id, later.technician_id}, reverse=True)
    assert [shown.technician.rpartition("/")[2] for shown in everybody.locations] == [
        str(technician_id) for technician_id in newest_members_first
    ]
    assert not everybody.next_page_token
    assert [shown.technician.rpartition("/")[2] for shown in one.locations] == [
        str(earlier.technician_id)
    ]


async def test_the_latest_positions_come_in_pages(rig: Rig) -> None:
    now = unix_microseconds(datetime.now(UTC))
    for _ in range(5):
        rig.live.offer(a_position(rig.organization_id, recorded_at=now))
    shown: list[int] = []
    token = ""

    while not shown or token:
        page = await rig.office().latest(page_size=2, page_token=token)
        shown.append(len({location.technician for location in page.locations}))
        token = page.next_page_token

    assert shown == [2, 2, 1]


@pytest.mark.parametrize("is_available", [True, False], ids=["wiped", "out of reach"])
async def test_what_is_stored_answers_while_nothing_is_live(
    rig: Rig, *, is_available: bool
) -> None:
    now = unix_microseconds(datetime.now(UTC))
    stored = a_position(rig.organization_id, recorded_at=now - 1_000_000)
    rig.recorded.positions.append(stored)
    rig.live.is_available = is_available

    answer = await rig.office().latest()

    assert [shown.technician.rpartition("/")[2] for shown in answer.locations] == [
        str(stored.technician_id)
    ]
