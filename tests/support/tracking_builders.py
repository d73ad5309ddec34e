"""Phones, fixes and positions with whatever a test wants to be particular about them."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from domain.identifiers import DeviceId, MemberId, OrganizationId, birth_time
from domain.tracking.device import Device, DeviceInstall, Platform
from domain.tracking.fix import Fix, unix_microseconds
from domain.tracking.ports import FixBatch
from domain.tracking.position import Position
from domain.tracking.ranges import ranges_of
from tests.support.clocks import MORNING, new_id

NOON = unix_microseconds(MORNING)
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
EPOCH = 1_760_000_000_000


def a_fix(seq: int = 1, **particular: Any) -> Fix:
    values: dict[str, Any] = {
        "seq": seq,
        "recorded_at": NOON + seq * SECOND,
        "latitude_e7": -346_037_220,
        "longitude_e7": -583_815_590,
        "accuracy_decimeters": 55,
        "speed_decimeters_per_second": 82,
        "heading_decidegrees": 900,
        "battery_percent": 80,
        **particular,
    }
    return Fix(**values)


def a_device(organization_id: OrganizationId, technician_id: MemberId, **particular: Any) -> Device:
    device_id = particular.pop("id", None) or DeviceId(new_id())
    values: dict[str, Any] = {
        "id": device_id,
        "organization_id": organization_id,
        "technician_id": technician_id,
        "device_label": "Moto G de Juana",
        "platform": Platform.ANDROID,
        "installation_id": uuid4(),
        "install_epoch": EPOCH,
        "created_at": birth_time(device_id),
        "updated_at": birth_time(device_id),
        **particular,
    }
    return Device(**values)


def an_install(**particular: Any) -> DeviceInstall:
    values: dict[str, Any] = {
        "organization_id": OrganizationId(new_id()),
        "technician_id": MemberId(new_id()),
        "install_epoch": EPOCH,
        "number": 1,
        **particular,
    }
    return DeviceInstall(**values)


def a_batch(install: DeviceInstall, fixes: Iterable[Fix], *, received_at: int = NOON) -> FixBatch:
    stored = tuple(fixes)
    return FixBatch(install, stored, ranges_of(fix.seq for fix in stored), received_at)


def a_position(
    organization_id: OrganizationId | None = None,
    technician_id: MemberId | None = None,
    **particular: Any,
) -> Position:
    return Position(
        organization_id or OrganizationId(new_id()),
        technician_id or MemberId(new_id()),
        a_fix(**particular),
        NOON,
    )
