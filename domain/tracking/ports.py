"""What tracking needs from outside: devices, durable fixes, live positions, who is on the way."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from domain.commands import CommandContext
from domain.errors import ExhaustedError
from domain.identifiers import DeviceId, MemberId, OrganizationId
from domain.tracking.device import Device, DeviceInstall
from domain.tracking.fix import Fix
from domain.tracking.mailbox import Mailbox
from domain.tracking.position import Position
from domain.tracking.ranges import SeqRanges
from domain.transactions import CommandTransaction


class IngestFullError(ExhaustedError):
    """So many fixes wait to be stored that no more are taken; the phone keeps its own."""

    reason = "INGEST_FULL"

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(
            "Too many locations wait to be stored.", retry_after_seconds=retry_after_seconds
        )


class DeviceTransaction(CommandTransaction, Protocol):
    """One command on the devices of an organisation."""

    async def find_or_add(self, candidate: Device) -> Device:
        """Return the device of the candidate's installation, locked; the candidate if it is new.

        Raises PermissionDeniedError if its technician is no member of the organisation.
        """
        ...

    async def save(self, device: Device) -> None:
        """Store the next version of a device that this transaction locked."""
        ...

    async def ensure_install(self, device: Device) -> None:
        """Store the device's numbering unless it is known."""
        ...


class DeviceStore(Protocol):
    """The phones of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[DeviceTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...

    async def get(self, organization_id: OrganizationId, device_id: DeviceId) -> Device:
        """Return a device; raise NotFoundError."""
        ...

    async def install(
        self,
        organization_id: OrganizationId,
        technician_id: MemberId,
        *,
        device_id: DeviceId,
        install_epoch: int,
    ) -> DeviceInstall:
        """Return a numbering of a technician's own device.

        Raises NotFoundError if the technician has no such device and InstallEpochUnknownError if
        the device never registered the numbering.
        """
        ...


class FixBatch(NamedTuple):
    """Some fixes of one phone, as they came in together."""

    install: DeviceInstall
    fixes: tuple[Fix, ...]
    stored: SeqRanges
    """The numbers of exactly these fixes."""
    received_at: int
    """Unix microseconds by our clock."""


class FixStore(Protocol):
    """Fixes of all organisations."""

    async def append(self, batch: FixBatch) -> None:
        """Return once every fix is stored durably and the cursor of its numbering has moved.

        A fix that is stored already is not stored again. Waits while many others are being
        stored. Raises IngestFullError, having stored nothing, if that takes too long;
        TemporaryError if the database does not answer: the fixes may be stored then or not, and
        appending them again is right.
        """
        ...


class LivePositions(Protocol):
    """Where everybody is now. It may be wiped at any moment: the next fixes bring it back."""

    @property
    def is_available(self) -> bool:
        """Whether positions reach viewers right now."""
        ...

    def is_watched(self, organization_id: OrganizationId) -> bool:
        """Tell whether somebody watched the organisation when it was last heard of."""
        ...

    def offer(self, position: Position) -> None:
        """Show a position, unless a newer one of the technician is known; never blocks."""
        ...

    async def newest(self, organization_id: OrganizationId) -> Sequence[Position]:
        """Return each technician's newest position; nothing while nobody can be asked.

        While live positions are not available these are old ones, and some may always be missing.
        """
        ...

    def watch(
        self, organization_id: OrganizationId, mailbox: Mailbox
    ) -> AbstractAsyncContextManager[None]:
        """Fill the mailbox with what is known, then with what comes, until the block ends.

        While live positions are not available nothing comes, and the block goes on.
        """
        ...


class RecordedPositions(Protocol):
    """Where everybody was last, by what is stored."""

    async def newest(
        self, organization_id: OrganizationId, *, since: int, until: int
    ) -> Sequence[Position]:
        """Return each technician's newest fix among those recorded between two moments.

        Both are Unix microseconds by the phones' clocks. Raises TemporaryError.
        """
        ...


class Travels(Protocol):
    """Who is on the way to a customer."""

    async def technicians_en_route(self, organization_id: OrganizationId) -> frozenset[MemberId]:
        """Return whose job is EN_ROUTE, some seconds old at most; nobody if that is unknown."""
        ...
