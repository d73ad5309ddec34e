"""Devices, fixes, acks and positions as the contract writes them."""

from functools import cache

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2
from domain.tracking.device import Device, Platform
from domain.tracking.fix import RejectionReason
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


def ack_to_proto(ack: Ack) -> locations_pb2.StreamLocationsResponse:
    """Print the answer to a batch."""
    response = locations_pb2.StreamLocationsResponse(install_epoch=ack.install_epoch)
    for first, last in ack.acked:
        response.acked.add(first=first, last=last)
    for seq, reason in ack.rejected:
        response.rejected.add(seq=seq, reason=REJECTION_REASONS[reason])
    response.server_time.FromMicroseconds(ack.server_time)
    if ack.policy is not None:
        response.policy.CopyFrom(policy_to_proto(ack.policy))
    return response


def report_to_proto(ack: Ack) -> locations_pb2.ReportLocationsResponse:
    """Print the answer to a report: field by field that to a batch."""
    return locations_pb2.ReportLocationsResponse.FromString(ack_to_proto(ack).SerializeToString())


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
    timestamp = Timestamp()
    timestamp.FromMicroseconds(microseconds)
    return timestamp
