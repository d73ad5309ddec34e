"""The phone's side of tracking: no recorded fix is ever lost, whatever the network does."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from campotech.tracking.v1.location_pb2 import TrackingPolicy
from campotech_client import CampoTech, Phone, Position
from campotech_client.errors import PermissionDeniedError, UnauthenticatedError
from tests.integration.client.conftest import SOON, FaultyServer
from tests.integration.client.faults import FULL, GOOD_TOKEN, UNREACHABLE, Fault
from tests.integration.client.in_memory_tracking import DEVICE, policy
from tests.support.waiting import eventually_true

DEADLINE_SECONDS = 10
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_position(number: int = 0) -> Position:
    return Position(
        latitude=-34.6 + number / 1000,
        longitude=-58.4,
        recorded_at=START + timedelta(seconds=number),
        battery_percent=80,
    )


@pytest.fixture
def buffer_path(tmp_path: Path) -> Path:
    return tmp_path / "fixes.sqlite"


@pytest.fixture
async def phone(client: CampoTech, buffer_path: Path) -> AsyncIterator[Phone]:
    async with client.tracking.phone(buffer_path, device_label="Moto G") as phone:
        yield phone


async def test_a_recorded_position_is_stored_and_forgotten(
    server: FaultyServer, phone: Phone
) -> None:
    await phone.record(a_position())

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    [fix] = server.tracking.stored.values()
    assert (fix.seq, fix.latitude, fix.battery_percent) == (1, -34.6, 80)
    assert fix.recorded_at.ToDatetime(tzinfo=UTC) == START
    assert phone.waiting == 0
    assert phone.device == DEVICE


async def test_fixes_whose_ack_was_lost_are_sent_again_and_stored_once(
    server: FaultyServer, phone: Phone
) -> None:
    server.tracking.lost_acks.extend([UNREACHABLE, UNREACHABLE])

    await phone.record(a_position(1))
    await phone.record(a_position(2))

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert sorted(seq for _, seq in server.tracking.stored) == [1, 2]
    assert len(server.tracking.batches) >= 3


async def test_what_was_recorded_without_a_server_is_sent_by_the_next_run(
    server: FaultyServer, client: CampoTech, buffer_path: Path
) -> None:
    async with (
        CampoTech("127.0.0.1:1", retries=SOON) as nowhere,
        nowhere.tracking.phone(buffer_path) as offline,
    ):
        for number in range(5):
            await offline.record(a_position(number))
        assert not await offline.wait_until_acked(timeout_seconds=0.1)

    async with client.tracking.phone(buffer_path) as online:
        await online.record(a_position(5))
        assert await online.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)

    assert sorted(seq for _, seq in server.tracking.stored) == [1, 2, 3, 4, 5, 6]


async def test_the_newest_fixes_of_a_backlog_go_first(
    server: FaultyServer, client: CampoTech, buffer_path: Path
) -> None:
    phone = client.tracking.phone(buffer_path)
    for number in range(700):
        await phone.record(a_position(number))

    async with phone:
        assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)

    assert [(batch[0], batch[-1]) for batch in server.tracking.batches] == [(700, 201), (200, 1)]
    assert len(server.tracking.stored) == 700


async def test_fixes_that_the_server_will_never_store_are_forgotten(
    server: FaultyServer, phone: Phone
) -> None:
    server.tracking.rejects = {1}

    await phone.record(a_position(1))
    await phone.record(a_position(2))

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert [seq for _, seq in server.tracking.stored] == [2]


async def test_a_full_server_is_given_the_time_it_asks_for(
    server: FaultyServer, phone: Phone
) -> None:
    full = Fault(
        code=grpc.StatusCode.RESOURCE_EXHAUSTED, reason="INGEST_FULL", retry_after_seconds=0.2
    )
    server.tracking.lost_acks.append(full)

    await phone.record(a_position())

    assert not await phone.wait_until_acked(timeout_seconds=0.1)
    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)


async def test_a_phone_goes_on_after_it_met_a_full_server(
    server: FaultyServer, phone: Phone
) -> None:
    server.faults.planned.append(FULL)
    server.tracking.lost_acks.extend([FULL, FULL])

    await phone.record(a_position())

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)


async def test_a_phone_that_is_to_poll_calls_sends_and_hangs_up(
    server: FaultyServer, phone: Phone
) -> None:
    server.tracking.policy = policy(mode=TrackingPolicy.MODE_POLL)

    async def has_hung_up() -> bool:
        return server.tracking.streams_hung_up == 1

    await phone.record(a_position())

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert await eventually_true(has_hung_up)
    assert phone.policy.mode == TrackingPolicy.MODE_POLL


async def test_a_polling_phone_sends_the_next_fixes_over_a_new_call(
    server: FaultyServer, phone: Phone
) -> None:
    server.tracking.policy = policy(mode=TrackingPolicy.MODE_POLL)

    async def has_hung_up_twice() -> bool:
        return server.tracking.streams_hung_up == 2

    await phone.record(a_position(1))
    await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    await phone.record(a_position(2))

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert await eventually_true(has_hung_up_twice)


async def test_between_uploads_the_phone_waits_for_the_interval_of_the_policy(
    server: FaultyServer, client: CampoTech, buffer_path: Path
) -> None:
    server.tracking.policy = policy(upload_seconds=0.3)

    async def has_arrived() -> bool:
        return len(server.tracking.stored) == 4

    async with client.tracking.phone(buffer_path) as phone:
        await phone.record(a_position(1))
        assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
        for number in (2, 3, 4):
            await phone.record(a_position(number))

        assert await eventually_true(has_arrived)
    assert server.tracking.batches[-1] == [4, 3, 2]


async def test_an_old_copy_of_the_buffer_counts_in_a_newer_numbering(
    server: FaultyServer, phone: Phone
) -> None:
    server.tracking.least_epoch = 9_000_000_000_000

    await phone.record(a_position())

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert list(server.tracking.stored) == [(9_000_000_000_001, 1)]


async def test_a_phone_that_the_server_forgot_registers_again(
    server: FaultyServer, phone: Phone
) -> None:
    unknown = Fault(code=grpc.StatusCode.NOT_FOUND, reason="DEVICE_NOT_FOUND")
    server.tracking.lost_acks.append(unknown)

    await phone.record(a_position())

    assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert server.faults.methods_seen.count("RegisterDevice") == 2


async def test_a_phone_that_stands_still_outlives_one_token_after_the_other(
    server: FaultyServer, buffer_path: Path
) -> None:
    async def is_connected() -> bool:
        return bool(server.tracking.open_streams)

    async with (
        CampoTech(server.address, token=lambda: server.faults.good_token, retries=SOON) as client,
        client.tracking.phone(buffer_path) as phone,
    ):
        await phone.record(a_position(1))
        assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
        for token in ("the second", "the third"):
            server.faults.good_token = token
            server.tracking.expire_streams()
            await eventually_true(is_connected, within_seconds=0.2)

        await phone.record(a_position(2))

        assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
    assert sorted(seq for _, seq in server.tracking.stored) == [1, 2]


async def test_a_phone_whose_token_has_expired_ends_when_there_is_no_other(
    server: FaultyServer, client: CampoTech, buffer_path: Path
) -> None:
    with pytest.raises(UnauthenticatedError):
        async with client.tracking.phone(buffer_path) as phone:
            await phone.record(a_position(1))
            assert await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
            server.faults.good_token = "of-tomorrow"  # noqa: S105  # of a server in a test
            server.tracking.expire_streams()
            await phone.record(a_position(2))
            await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)

    assert phone.waiting == 1
    assert server.faults.methods_seen.count("StreamLocations") == 2


async def test_a_refusal_for_good_is_raised_and_the_fixes_stay(
    server: FaultyServer, client: CampoTech, buffer_path: Path
) -> None:
    server.faults.planned.append(Fault(code=grpc.StatusCode.PERMISSION_DENIED, reason="ROLE"))

    with pytest.raises(PermissionDeniedError):
        async with client.tracking.phone(buffer_path) as phone:
            await phone.record(a_position())
            await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)

    assert phone.waiting == 1


async def test_a_buffer_belongs_to_one_process(phone: Phone, buffer_path: Path) -> None:
    await phone.record(a_position())

    with pytest.raises(sqlite3.OperationalError):
        CampoTech("127.0.0.1:1", token=GOOD_TOKEN).tracking.phone(buffer_path)


async def test_a_phone_measures_no_more_often_than_the_policy_wants(phone: Phone) -> None:
    await phone.record(a_position(0))
    await phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)

    kept = [await phone.offer(a_position(number)) for number in (1, 4, 5, 6, 10)]

    assert kept == [False, False, True, False, True]
