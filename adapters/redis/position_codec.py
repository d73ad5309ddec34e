"""Positions as Redis keeps them: 52 bytes that begin with the fix time, which is compared there."""

import struct
from uuid import UUID

from domain.identifiers import MemberId, OrganizationId
from domain.tracking.fix import Fix
from domain.tracking.position import Position

# recorded_at, received_at, latitude, longitude, seq; then what may be missing; then the technician.
_LAYOUT = struct.Struct(">qqiiihhhb?16s")
_MISSING = -1


def encode_position(position: Position) -> bytes:
    fix = position.fix
    return _LAYOUT.pack(
        fix.recorded_at,
        position.received_at,
        fix.latitude_e7,
        fix.longitude_e7,
        fix.seq,
        _MISSING if fix.accuracy_decimeters is None else fix.accuracy_decimeters,
        _MISSING if fix.speed_decimeters_per_second is None else fix.speed_decimeters_per_second,
        _MISSING if fix.heading_decidegrees is None else fix.heading_decidegrees,
        _MISSING if fix.battery_percent is None else fix.battery_percent,
        fix.is_mock,
        position.technician_id.bytes,
    )


def decode_position(organization_id: OrganizationId, payload: bytes) -> Position:
    """Return a position; raise struct.error for what another release wrote."""
    (
        recorded_at,
        received_at,
        latitude_e7,
        longitude_e7,
        seq,
        accuracy,
        speed,
        heading,
        battery,
        is_mock,
        technician,
    ) = _LAYOUT.unpack(payload)
    fix = Fix(
        seq=seq,
        recorded_at=recorded_at,
        latitude_e7=latitude_e7,
        longitude_e7=longitude_e7,
        accuracy_decimeters=_present(accuracy),
        speed_decimeters_per_second=_present(speed),
        heading_decidegrees=_present(heading),
        battery_percent=_present(battery),
        is_mock=is_mock,
    )
    return Position(organization_id, MemberId(UUID(bytes=technician)), fix, received_at)


def _present(value: int) -> int | None:
    return None if value == _MISSING else value
