"""A technician's app starts: its phone becomes known, or is known already."""

from dataclasses import dataclass
from uuid import UUID

from domain.commands import CommandContext
from domain.errors import PermissionDeniedError
from domain.identifiers import DeviceId, IdSource, MemberId, birth_time
from domain.tracking.device import Device, Platform
from domain.tracking.ports import DeviceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDevice:
    device_label: str
    platform: Platform
    installation_id: UUID
    install_epoch: int


async def register_device(
    store: DeviceStore, ids: IdSource, *, context: CommandContext, command: RegisterDevice
) -> Device:
    """Return the one device of this installation, with its numbering known.

    Raises PermissionDeniedError, InstallationTakenError and InstallEpochPastError.
    """
    candidate = _candidate(DeviceId(ids.new_id()), context, command)
    async with store.transaction(context) as transaction:
        known = await transaction.find_or_add(candidate)
        if await transaction.claim(command, known.id) is not None:
            return known
        device = known.registered_again(candidate)
        if device != known:
            await transaction.save(device)
        await transaction.ensure_install(device)
        if device != known or known.id == candidate.id:
            transaction.audit("device_registered", device.id, install_epoch=device.install_epoch)
    return device


def technician_of(context: CommandContext) -> MemberId:
    """Return the caller as a member; raise PermissionDeniedError for one who is none."""
    if context.actor.member_id is None:
        raise PermissionDeniedError("Only a technician's own phone may do this.")
    return context.actor.member_id


def _candidate(device_id: DeviceId, context: CommandContext, command: RegisterDevice) -> Device:
    return Device(
        id=device_id,
        organization_id=context.organization_id,
        technician_id=technician_of(context),
        device_label=command.device_label,
        platform=command.platform,
        installation_id=command.installation_id,
        install_epoch=command.install_epoch,
        created_at=birth_time(device_id),
        updated_at=birth_time(device_id),
    )
