"""The platform takes in a new business."""

from dataclasses import dataclass

from domain.commands import CommandContext
from domain.directory.fiscal_profile import FiscalProfile
from domain.directory.organization import Organization
from domain.directory.ports import DirectoryStore
from domain.identifiers import IdSource, OrganizationId, birth_time


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganization:
    display_name: str
    fiscal_profile: FiscalProfile | None = None
    whatsapp_phone_number_id: str = ""


async def create_organization(
    store: DirectoryStore, ids: IdSource, *, context: CommandContext, command: CreateOrganization
) -> Organization:
    """Store an organisation, once for the caller's request id; raise WhatsAppNumberTakenError."""
    organization_id = OrganizationId(ids.new_id())
    organization = Organization(
        id=organization_id,
        display_name=command.display_name,
        fiscal_profile=command.fiscal_profile,
        whatsapp_phone_number_id=command.whatsapp_phone_number_id,
        created_at=birth_time(organization_id),
        updated_at=birth_time(organization_id),
    )
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, organization_id)
        if first is None:
            await transaction.found(organization)
            transaction.audit("organization_created", organization_id)
            return organization
    return await store.organization(OrganizationId(first))
