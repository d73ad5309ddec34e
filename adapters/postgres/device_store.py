"""Technicians' phones and their numberings in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from psycopg import errors
from psycopg.rows import TupleRow
from psycopg.types.multirange import Multirange

from adapters.postgres.reads import read_row
from adapters.postgres.transactions import PostgresTransaction, TransactionOpener
from domain.commands import CommandContext
from domain.errors import NotFoundError, PermissionDeniedError
from domain.identifiers import DeviceId, MemberId, OrganizationId
from domain.tracking.device import Device, DeviceInstall, InstallEpochUnknownError, Platform
from domain.tracking.ports import DeviceTransaction
from domain.tracking.ranges import SeqRange, SeqRanges

_COLUMNS = (
    "organization_id, id, technician_id, device_label, platform, installation_id, install_epoch,"
    " created_at, updated_at, version"
)
_INSERT = (
    f"INSERT INTO devices ({_COLUMNS}) VALUES (%(organization_id)s, %(id)s, %(technician_id)s,"
    " %(device_label)s, %(platform)s, %(installation_id)s, %(install_epoch)s, %(created_at)s,"
    " %(updated_at)s, %(version)s) ON CONFLICT (organization_id, installation_id) DO NOTHING"
)
_LOCK = (
    f"SELECT {_COLUMNS} FROM devices WHERE organization_id = %(organization_id)s"
    " AND installation_id = %(installation_id)s FOR NO KEY UPDATE"
)
_UPDATE = (
    "UPDATE devices SET device_label = %(device_label)s, platform = %(platform)s,"
    " install_epoch = %(install_epoch)s, updated_at = %(updated_at)s, version = %(version)s"
    " WHERE organization_id = %(organization_id)s AND id = %(id)s"
)
_INSERT_INSTALL = (
    "INSERT INTO device_installs (organization_id, device_id, install_epoch)"
    " VALUES (%(organization_id)s, %(id)s, %(install_epoch)s) ON CONFLICT DO NOTHING"
)
_ONE_DEVICE = (
    f"SELECT {_COLUMNS} FROM devices"
    " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s"
)
_ONE_INSTALL = (
    "SELECT install.number, install.acked FROM devices AS device LEFT JOIN device_installs"
    " AS install ON install.organization_id = device.organization_id"
    " AND install.device_id = device.id AND install.install_epoch = %(install_epoch)s"
    " WHERE device.organization_id = %(organization_id)s::uuid AND device.id = %(id)s"
    " AND device.technician_id = %(technician_id)s"
)


class PostgresDeviceTransaction(PostgresTransaction):
    """The domain's DeviceTransaction."""

    async def find_or_add(self, candidate: Device) -> Device:
        row = _parameters(candidate)
        try:
            await self._connection.execute(_INSERT.encode(), row)
        except errors.ForeignKeyViolation as error:
            raise PermissionDeniedError("The caller is no member of the organisation.") from error
        cursor = await self._connection.execute(_LOCK.encode(), row)
        found = await cursor.fetchone()
        if found is None:
            raise NotFoundError("device", candidate.id)
        return _device_from_row(found)

    async def save(self, device: Device) -> None:
        await self._connection.execute(_UPDATE.encode(), _parameters(device))

    async def ensure_install(self, device: Device) -> None:
        await self._connection.execute(_INSERT_INSTALL.encode(), _parameters(device))


class PostgresDeviceStore:
    """The domain's DeviceStore."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._pool = opener.pool

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[DeviceTransaction]:
        async with self._opener.open(context, PostgresDeviceTransaction) as transaction:
            yield transaction

    async def get(self, organization_id: OrganizationId, device_id: DeviceId) -> Device:
        row = await read_row(self._pool, organization_id, _ONE_DEVICE, {"id": device_id})
        if row is None:
            raise NotFoundError("device", device_id)
        return _device_from_row(row)

    async def install(
        self,
        organization_id: OrganizationId,
        technician_id: MemberId,
        *,
        device_id: DeviceId,
        install_epoch: int,
    ) -> DeviceInstall:
        bound = {"technician_id": technician_id, "id": device_id, "install_epoch": install_epoch}
        row = await read_row(self._pool, organization_id, _ONE_INSTALL, bound)
        if row is None:
            raise NotFoundError("device", device_id)
        number, acked = row
        if number is None:
            raise InstallEpochUnknownError(install_epoch)
        return DeviceInstall(
            organization_id=organization_id,
            technician_id=technician_id,
            install_epoch=install_epoch,
            number=number,
            acked=_ranges_from(acked),
        )


def _ranges_from(stored: Multirange[int]) -> SeqRanges:
    # Postgres keeps a range of integers as [first, last + 1).
    return tuple(
        SeqRange(item.lower, item.upper - 1)
        for item in stored
        if item.lower is not None and item.upper is not None
    )


def _device_from_row(row: TupleRow) -> Device:
    return Device(
        organization_id=OrganizationId(row[0]),
        id=DeviceId(row[1]),
        technician_id=MemberId(row[2]),
        device_label=row[3],
        platform=Platform(row[4]),
        installation_id=UUID(str(row[5])),
        install_epoch=row[6],
        created_at=row[7],
        updated_at=row[8],
        version=row[9],
    )


def _parameters(device: Device) -> dict[str, object]:
    return {
        "organization_id": device.organization_id,
        "id": device.id,
        "technician_id": device.technician_id,
        "device_label": device.device_label,
        "platform": device.platform.value,
        "installation_id": device.installation_id,
        "install_epoch": device.install_epoch,
        "created_at": device.created_at,
        "updated_at": device.updated_at,
        "version": device.version,
    }
