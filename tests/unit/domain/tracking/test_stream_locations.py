"""A phone's stream: stored before acked, history not shown, policy said when it changes."""

from datetime import timedelta

import pytest

from domain.commands import Role
from domain.errors import NotFoundError, PermissionDeniedError, TemporaryError
from domain.tracking.device import DeviceInstall
from domain.tracking.fix import RejectedFix, RejectionReason, unix_microseconds
from domain.tracking.policy import DRIVING_POLICY, POLL_POLICY, STILL_POLICY, WATCHED_POLICY
from domain.tracking.ranges import SeqRange
from domain.tracking.use_cases.stream_locations import (
    LocationStream,
    TrackingPorts,
    open_location_stream,
)
from tests.support.builders import a_context, an_actor
from tests.support.clocks import StoppedClock
from tests.support.in_memory_tracking import (
    InMemoryDeviceStore,
    InMemoryFixStore,
    InMemoryLivePositions,
    KnownTravels,
)
from tests.support.tracking_builders import (
    DAY,
    EPOCH,
    MINUTE,
    NOON,
    SECOND,
    a_device,
    a_fix,
    an_install,
)


class Rig:
    """One phone's stream on fakes."""

    def __init__(self, install: DeviceInstall | None = None) -> None:
        self.clock = StoppedClock()
        self.devices = InMemoryDeviceStore()
        self.fixes = InMemoryFixStore(self.devices)
        self.live = InMemoryLivePositions()
        self.travels = KnownTravels()
        self.ports = TrackingPorts(
            devices=self.devices,
            fixes=self.fixes,
            live=self.live,
            travels=self.travels,
            clock=self.clock,
        )
        self.install = install or an_install()
        self.stream = LocationStream(self.ports, self.install)


async def test_an_ack_names_what_is_stored() -> None:
    rig = Rig()
    fixes = [a_fix(seq, recorded_at=NOON - 5 * SECOND) for seq in (3, 1, 2, 7)]

    ack = await rig.stream.store(fixes)

    assert ack.acked == (SeqRange(1, 3), SeqRange(7, 7))
    assert ack.rejected == ()
    assert ack.server_time == unix_microseconds(rig.clock.now())
    assert [fix.seq for fix, _ in rig.fixes.stored(rig.install)] == [1, 2, 3, 7]


async def test_what_cannot_be_stored_is_neither_acked_nor_shown() -> None:
    rig = Rig()
    rig.fixes.is_down = True

    with pytest.raises(TemporaryError):
        await rig.stream.store([a_fix(1, recorded_at=NOON)])

    assert rig.live.offered == []


async def test_a_rejected_fix_is_answered_and_not_stored() -> None:
    rig = Rig()
    fixes = [a_fix(1, recorded_at=NOON), a_fix(2, recorded_at=NOON - 91 * DAY)]

    ack = await rig.stream.store(fixes)

    assert ack.acked == (SeqRange(1, 1),)
    assert ack.rejected == (RejectedFix(2, RejectionReason.TOO_OLD),)
    assert [fix.seq for fix, _ in rig.fixes.stored(rig.install)] == [1]


async def test_a_batch_of_rejected_fixes_is_answered_too() -> None:
    rig = Rig()

    ack = await rig.stream.store([a_fix(4, recorded_at=NOON + 2 * DAY)])

    assert ack.acked == ()
    assert ack.rejected == (RejectedFix(4, RejectionReason.TOO_FAR_IN_FUTURE),)


async def test_the_first_answer_names_what_an_earlier_stream_stored() -> None:
    rig = Rig(an_install(acked=(SeqRange(1, 10), SeqRange(12, 20))))

    first = await rig.stream.store([a_fix(11, recorded_at=NOON)])
    second = await rig.stream.store([a_fix(21, recorded_at=NOON)])

    assert first.acked == (SeqRange(1, 20),)
    assert second.acked == (SeqRange(21, 21),)


async def test_the_newest_fix_is_shown_and_its_history_is_not() -> None:
    rig = Rig()

    await rig.stream.store([a_fix(8, recorded_at=NOON - 2), a_fix(9, recorded_at=NOON - 1)])
    await rig.stream.store([a_fix(seq, recorded_at=NOON - 100 + seq) for seq in range(8)])

    assert [position.fix.seq for position in rig.live.offered] == [9]
    assert rig.live.offered[0].received_at == NOON
    assert len(rig.fixes.stored(rig.install)) == 10


async def test_a_fix_from_the_future_is_stored_and_not_shown() -> None:
    rig = Rig()

    ack = await rig.stream.store([a_fix(1, recorded_at=NOON + 5 * MINUTE)])

    assert ack.acked == (SeqRange(1, 1),)
    assert rig.live.offered == []


async def test_a_policy_is_said_first_and_when_it_changes() -> None:
    rig = Rig()

    first = await rig.stream.store([a_fix(1, recorded_at=NOON)])
    same = await rig.stream.store([a_fix(2, recorded_at=NOON)])
    rig.live.is_available = False
    changed = await rig.stream.store([a_fix(3, recorded_at=NOON)])

    assert [first.policy, same.policy, changed.policy] == [DRIVING_POLICY, None, POLL_POLICY]


async def test_a_watched_technician_on_the_way_is_asked_for_more() -> None:
    rig = Rig()
    rig.live.watched.add(rig.install.organization_id)
    rig.travels.en_route.add(rig.install.technician_id)

    ack = await rig.stream.store([a_fix(1, recorded_at=NOON)])

    assert ack.policy == WATCHED_POLICY


@pytest.mark.parametrize(("is_watched", "is_en_route"), [(True, False), (False, True)])
async def test_watched_or_on_the_way_alone_asks_for_no_more(
    *, is_watched: bool, is_en_route: bool
) -> None:
    rig = Rig()
    if is_watched:
        rig.live.watched.add(rig.install.organization_id)
    if is_en_route:
        rig.travels.en_route.add(rig.install.technician_id)

    ack = await rig.stream.store([a_fix(1, recorded_at=NOON)])

    assert ack.policy == DRIVING_POLICY


async def test_who_stands_for_minutes_is_asked_for_less() -> None:
    rig = Rig()
    standing = {"speed_decimeters_per_second": 0}
    await rig.stream.store([a_fix(1, recorded_at=NOON, **standing)])
    rig.clock.advance(timedelta(minutes=3))

    ack = await rig.stream.store([a_fix(2, recorded_at=NOON + 3 * MINUTE, **standing)])

    assert ack.policy == STILL_POLICY


async def test_a_stream_opens_for_a_device_of_ones_own() -> None:
    rig = Rig()
    device = a_device(rig.install.organization_id, rig.install.technician_id)
    rig.devices.devices[device.id] = device
    rig.devices.numbers[device.id, EPOCH] = 7
    own = an_actor(Role.TECHNICIAN, member_id=device.technician_id)
    other = an_actor(Role.TECHNICIAN, member_id=an_install().technician_id)

    stream = await open_location_stream(
        rig.ports,
        a_context(device.organization_id, actor=own),
        device_id=device.id,
        install_epoch=EPOCH,
    )
    with pytest.raises(NotFoundError):
        await open_location_stream(
            rig.ports,
            a_context(device.organization_id, actor=other),
            device_id=device.id,
            install_epoch=EPOCH,
        )
    with pytest.raises(PermissionDeniedError):
        await open_location_stream(
            rig.ports, a_context(device.organization_id), device_id=device.id, install_epoch=EPOCH
        )

    assert (await stream.store([a_fix(1, recorded_at=NOON)])).install_epoch == EPOCH
