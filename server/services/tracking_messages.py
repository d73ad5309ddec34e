"""Devices, fixes, acks and positions as the contract writes them."""

from collections.abc import Sequence
from functools import cache

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2
from domain.errors import InvalidInputError
from domain.tracking.device import Device, Platform
from domain.tracking.fix import MAX_DECIMETERS, MAX_SEQ, Fix, RejectionReason
from domain.tracking.policy import Mode, TrackingPolicy
from domain.tracking.position import Position
from domain.tracking.use_cases.stream_locations import Ack
from domain.tracking.use_cases.watch_locations import Heartbeat, Snapshot
from server.etags import etag_of
from server.resource_names import DEVICES, MEMBERS
from server.timestamps import timestamp_to_proto

PLATFORMS = {
    platform: device_pb2.Device.Platform.Value(f"PLATFORM_{platform}") for platform in Platform
}
PLATFORMS_BY_NUMBER = {number: platform for platform, number in PLATFORMS.items()}
REJECTION_REASONS = {
    reason: location_pb2.RejectedFix.Reason.Value(f"REASON_{reason}") for reason in RejectionReason
}
MODES = {mode: location_pb2.TrackingPolicy.Mode.Value(f"MODE_{mode}") for mode in Mode}

_E7 = 10_000_000
_TENTHS = 10
_MICROSECONDS = 1_000_000
_FULL_CIRCLE = 3600


def device_to_proto(device: Device) -> device_pb2.Device:
    """Print a device."""
    return device_pb2.Device(
        name=DEVICES.name(device.organization_id, device.id),
        technician=MEMBERS.name(device.organization_id, device.technician_id),
        device_label=device.device_label,
        platform=PLATFORMS[device.platform],
        installation_id=str(device.installation_id),
        install_epoch=device.install_epoch,
        create_time=timestamp_to_proto(device.created_at),
        update_time=timestamp_to_proto(device.updated_at),
        etag=etag_of(device.version),
    )


def fixes_from_proto(fixes: Sequence[location_pb2.Fix]) -> list[Fix]:
    """Read fixes whose ranges were checked; raise InvalidInputError for a number too large.

    Thousands pass here every second: a field is asked for its presence only where its value does
    not prove it.
    """
    return [_fix_from_proto(fix, index) for index, fix in enumerate(fixes)]


def _fix_from_proto(fix: location_pb2.Fix, index: int) -> Fix:
    if fix.seq > MAX_SEQ:
        field = f"batch.fixes[{index}].seq"
        raise InvalidInputError(f"{field} must not be above {MAX_SEQ}.", field=field)
    recorded_at = fix.recorded_at
    accuracy = fix.accuracy_meters
    speed = fix.speed_meters_per_second
    heading = fix.heading_degrees
    battery = fix.battery_percent
    return Fix(
        fix.seq,
        recorded_at.seconds * _MICROSECONDS + recorded_at.nanos // 1000,
        round(fix.latitude * _E7),
        round(fix.longitude * _E7),
        min(round(accuracy * _TENTHS), MAX_DECIMETERS)
        if accuracy or fix.HasField("accuracy_meters")
        else None,
        round(speed * _TENTHS) if speed or fix.HasField("speed_meters_per_second") else None,
        # 359.97 degrees are north again.
        round(heading * _TENTHS) % _FULL_CIRCLE
        if heading or fix.HasField("heading_degrees")
        else None,
        battery if battery or fix.HasField("battery_percent") else None,
        fix.is_mock,
    )


def ack_to_proto(ack: Ack) -> locations_pb2.StreamLocationsResponse:
    """Print the answer to a batch."""
    return locations_pb2.StreamLocationsResponse(
        acked=[location_pb2.SeqRange(first=item.first, last=item.last) for item in ack.acked],
        rejected=[
            location_pb2.RejectedFix(seq=item.seq, reason=REJECTION_REASONS[item.reason])
            for item in ack.rejected
        ],
        server_time=_timestamp(ack.server_time),
        policy=None if ack.policy is None else policy_to_proto(ack.policy),
        install_epoch=ack.install_epoch,
    )


@cache
def policy_to_proto(policy: TrackingPolicy) -> location_pb2.TrackingPolicy:
    """Print a policy; there are a handful of them, so each is printed once."""
    return location_pb2.TrackingPolicy(
        mode=MODES[policy.mode],
        sample_interval=Duration(seconds=policy.sample_seconds),
        upload_interval=Duration(seconds=policy.upload_seconds),
        minimum_displacement_meters=policy.minimum_displacement_meters,
    )


def news_to_proto(news: Snapshot | Position | Heartbeat) -> locations_pb2.WatchLocationsResponse:
    """Print one word of a viewer's stream."""
    match news:
        case Snapshot(positions):
            return locations_pb2.WatchLocationsResponse(
                snapshot=locations_pb2.WatchLocationsResponse.Snapshot(
                    locations=map(position_to_proto, positions)
                )
            )
        case Position():
            return locations_pb2.WatchLocationsResponse(location=position_to_proto(news))
        case Heartbeat(time):
            return locations_pb2.WatchLocationsResponse(
                heartbeat=locations_pb2.WatchLocationsResponse.Heartbeat(
                    time=timestamp_to_proto(time)
                )
            )


def position_to_proto(position: Position) -> location_pb2.LocationUpdate:
    """Print where somebody is."""
    fix = position.fix
    return location_pb2.LocationUpdate(
        technician=MEMBERS.name(position.organization_id, position.technician_id),
        latitude=fix.latitude_e7 / _E7,
        longitude=fix.longitude_e7 / _E7,
        recorded_at=_timestamp(fix.recorded_at),
        receive_time=_timestamp(position.received_at),
        accuracy_meters=_from_tenths(fix.accuracy_decimeters),
        speed_meters_per_second=_from_tenths(fix.speed_decimeters_per_second),
        heading_degrees=_from_tenths(fix.heading_decidegrees),
        battery_percent=fix.battery_percent,
        is_mock=fix.is_mock,
    )


def _from_tenths(value: int | None) -> float | None:
    return None if value is None else value / _TENTHS


def _timestamp(microseconds: int) -> Timestamp:
    seconds, rest = divmod(microseconds, _MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * 1000)
