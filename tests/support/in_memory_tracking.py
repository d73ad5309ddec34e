"""Phones, fixes and live positions in memory, for tests of rules."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.commands import CommandContext
from domain.errors import NotFoundError, PermissionDeniedError, TemporaryError
from domain.identifiers import DeviceId, MemberId, OrganizationId
from domain.tracking.device import Device, DeviceInstall, InstallEpochUnknownError
from domain.tracking.fix import Fix
from domain.tracking.mailbox import Mailbox
from domain.tracking.ports import DeviceTransaction, FixBatch
from domain.tracking.position import Position
from domain.tracking.ranges import SeqRanges, merge_ranges
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing


class InMemoryDeviceStore:
    """The domain's DeviceStore; members are what a test puts in."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.members: set[tuple[OrganizationId, MemberId]] = set()
        self.devices: dict[DeviceId, Device] = {}
        self.numbers: dict[tuple[DeviceId, int], int] = {}
        self.cursors: dict[int, SeqRanges] = {}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[DeviceTransaction]:
        async with committing(InMemoryDeviceTransaction(self, context)) as transaction:
            yield transaction

    async def get(self, organization_id: OrganizationId, device_id: DeviceId) -> Device:
        device = self.devices.get(device_id)
        if device is None or device.organization_id != organization_id:
            raise NotFoundError("device", device_id)
        return device

    async def install(
        self,
        organization_id: OrganizationId,
        technician_id: MemberId,
        *,
        device_id: DeviceId,
        install_epoch: int,
    ) -> DeviceInstall:
        device = await self.get(organization_id, device_id)
        if device.technician_id != technician_id:
            raise NotFoundError("device", device_id)
        number = self.numbers.get((device_id, install_epoch))
        if number is None:
            raise InstallEpochUnknownError(install_epoch)
        return DeviceInstall(
            organization_id=organization_id,
            technician_id=technician_id,
            install_epoch=install_epoch,
            number=number,
            acked=self.cursors.get(number, ()),
        )


class InMemoryDeviceTransaction(InMemoryTransaction):
    """The domain's DeviceTransaction."""

    def __init__(self, store: InMemoryDeviceStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store

    async def find_or_add(self, candidate: Device) -> Device:
        if (candidate.organization_id, candidate.technician_id) not in self._store.members:
            raise PermissionDeniedError("The caller is no member of the organisation.")
        for device in self._store.devices.values():
            if (device.organization_id, device.installation_id) == (
                candidate.organization_id,
                candidate.installation_id,
            ):
                return device
        await self.save(candidate)
        return candidate

    async def save(self, device: Device) -> None:
        self.on_commit(lambda: self._store.devices.__setitem__(device.id, device))

    async def ensure_install(self, device: Device) -> None:
        key = (device.id, device.install_epoch)
        numbers = self._store.numbers
        if key not in numbers:
            self.on_commit(lambda: numbers.__setitem__(key, len(numbers) + 1))


class InMemoryFixStore:
    """The domain's FixStore; a test may take its database away."""

    def __init__(self, devices: InMemoryDeviceStore) -> None:
        self._devices = devices
        self._fixes: dict[tuple[int, int, int], tuple[Fix, int]] = {}
        self.is_down = False

    async def append(self, batch: FixBatch) -> None:
        if self.is_down:
            raise TemporaryError("The database does not answer.")
        number = batch.install.number
        for fix in batch.fixes:
            key = (number, fix.seq, fix.recorded_at)
            self._fixes.setdefault(key, (fix, batch.received_at))
        known = self._devices.cursors.get(number, ())
        self._devices.cursors[number] = merge_ranges(known, batch.stored)

    def stored(self, install: DeviceInstall) -> list[tuple[Fix, int]]:
        """Return the fixes of a numbering with their time of arrival, in the order of numbers."""
        return [self._fixes[key] for key in sorted(self._fixes) if key[0] == install.number]


class InMemoryLivePositions:
    """The domain's LivePositions; a test says who watches.

    While they are not available, what reached them before can still be read.
    """

    def __init__(self) -> None:
        self.offered: list[Position] = []
        self.watched: set[OrganizationId] = set()
        self.is_available = True
        self._mailboxes: list[tuple[OrganizationId, Mailbox]] = []

    @property
    def has_viewers(self) -> bool:
        return bool(self._mailboxes)

    @property
    def waiting_positions(self) -> int:
        return sum(len(mailbox) for _, mailbox in self._mailboxes)

    def is_watched(self, organization_id: OrganizationId) -> bool:
        return organization_id in self.watched

    def offer(self, position: Position) -> None:
        self.offered.append(position)
        for organization_id, mailbox in self._mailboxes:
            if organization_id == position.organization_id:
                mailbox.put(position)

    async def newest(self, organization_id: OrganizationId) -> list[Position]:
        return newest_of(self.offered, organization_id)

    @asynccontextmanager
    async def watch(self, organization_id: OrganizationId, mailbox: Mailbox) -> AsyncIterator[None]:
        entry = (organization_id, mailbox)
        self._mailboxes.append(entry)
        for position in self.offered:
            if position.organization_id == organization_id:
                mailbox.put(position)
        try:
            yield
        finally:
            self._mailboxes.remove(entry)


class KnownPositions:
    """The domain's RecordedPositions, as a test says."""

    def __init__(self) -> None:
        self.positions: list[Position] = []

    async def newest(
        self, organization_id: OrganizationId, *, since: int, until: int
    ) -> list[Position]:
        between = [each for each in self.positions if since <= each.fix.recorded_at <= until]
        return newest_of(between, organization_id)


def newest_of(positions: Sequence[Position], organization_id: OrganizationId) -> list[Position]:
    """Return the newest position of each technician of an organisation."""
    newest: dict[MemberId, Position] = {}
    for position in sorted(positions, key=lambda each: each.fix.recorded_at):
        if position.organization_id == organization_id:
            newest[position.technician_id] = position
    return list(newest.values())


class KnownTravels:
    """The domain's Travels, as a test says."""

    def __init__(self) -> None:
        self.en_route: set[MemberId] = set()

    async def technicians_en_route(self, organization_id: OrganizationId) -> frozenset[MemberId]:
        return frozenset(self.en_route)
