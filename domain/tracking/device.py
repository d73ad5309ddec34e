"""A technician's phone, as the origin of fixes, and the numberings in which it counts them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.errors import AlreadyExistsError, PreconditionError
from domain.identifiers import DeviceId, MemberId, OrganizationId
from domain.tracking.ranges import SeqRanges


class Platform(StrEnum):
    """What a phone runs."""

    ANDROID = "ANDROID"
    IOS = "IOS"
    OTHER = "OTHER"


class InstallationTakenError(AlreadyExistsError):
    """The installation belongs to another technician of the organisation."""

    reason = "INSTALLATION_TAKEN"

    def __init__(self) -> None:
        super().__init__("This installation is registered for another technician.")


class InstallEpochPastError(PreconditionError):
    """The phone comes with an older numbering than the one it registered last."""

    reason = "INSTALL_EPOCH_PAST"

    def __init__(self, current: int) -> None:
        super().__init__(
            f"This device counts its fixes in epoch {current} by now.", current_epoch=current
        )


class InstallEpochUnknownError(PreconditionError):
    """The phone sends fixes of a numbering which it never registered."""

    reason = "INSTALL_EPOCH_UNKNOWN"

    def __init__(self, install_epoch: int) -> None:
        super().__init__(
            f"The device never registered epoch {install_epoch}.", install_epoch=install_epoch
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    id: DeviceId
    organization_id: OrganizationId
    technician_id: MemberId
    device_label: str
    platform: Platform
    installation_id: UUID
    install_epoch: int
    """The numbering in which it counts its fixes now; a greater one is newer."""
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def registered_again(self, newer: Self) -> Self:
        """Return the device after its app registered once more; itself if nothing is new.

        Raises InstallationTakenError and InstallEpochPastError.
        """
        if newer.technician_id != self.technician_id:
            raise InstallationTakenError
        if newer.install_epoch < self.install_epoch:
            raise InstallEpochPastError(self.install_epoch)
        changed = replace(
            self,
            device_label=newer.device_label,
            platform=newer.platform,
            install_epoch=newer.install_epoch,
        )
        if changed == self:
            return self
        return replace(changed, updated_at=newer.updated_at, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInstall:
    """One numbering of a device: what a fix's own number is counted in."""

    organization_id: OrganizationId
    technician_id: MemberId
    install_epoch: int
    number: int
    """Stands for (device, install epoch) in every stored fix."""
    acked: SeqRanges = ()
    """The fixes known to be stored; an ack of them may have been lost."""
