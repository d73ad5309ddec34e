"""An owner, or the platform's staff, corrects what is known of a business."""

from dataclasses import dataclass, replace

from domain.changes import changed_fields, with_changes
from domain.clock import Clock
from domain.commands import Actor, CommandContext
from domain.directory.organization import Organization, WhatsAppNumberUnprovenError
from domain.directory.organization_changes import OrganizationChanges
from domain.directory.ports import DirectoryStore
from domain.directory.versions import check_version_was_read


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrganization:
    changes: OrganizationChanges
    expected_version: int | None = None


async def update_organization(
    store: DirectoryStore, clock: Clock, *, context: CommandContext, command: UpdateOrganization
) -> Organization:
    """Change fields of the version the caller read; what is the same already is no change.

    Raises NotFoundError, EtagMismatchError, WhatsAppNumberUnprovenError, WhatsAppNumberTakenError.
    """
    async with store.transaction(context) as transaction:
        organization = await transaction.organization()
        if await transaction.claim(command, organization.id) is not None:
            return organization
        check_version_was_read("organization", organization.version, command.expected_version)
        changed = with_changes(organization, command.changes)
        if changed == organization:
            return organization
        _check_number(organization, changed, context.actor)
        changed = replace(changed, version=organization.version + 1, updated_at=clock.now())
        await transaction.save_organization(organization, changed)
        fields = changed_fields(organization, changed, command.changes)
        transaction.audit("organization_updated", organization.id, fields=",".join(fields))
    return changed


def _check_number(before: Organization, after: Organization, actor: Actor) -> None:
    """Refuse an owner a number that nobody has shown to be theirs."""
    number = after.whatsapp_phone_number_id
    if number not in ("", before.whatsapp_phone_number_id) and not actor.is_platform:
        raise WhatsAppNumberUnprovenError(number)
