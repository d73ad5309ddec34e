"""What of organisations, members and customers a caller wants changed, read from the contract."""

from campotech.directory.v1 import directory_pb2
from domain.changes import KEEP
from domain.directory.customer_changes import CustomerChanges
from domain.directory.member_changes import MemberChanges
from domain.directory.organization_changes import OrganizationChanges
from server.addresses import address_from_proto
from server.services.directory_messages import (
    RECEPTORES_BY_NUMBER,
    document_from_proto,
    fiscal_profile_from_proto,
    roles_from_proto,
)
from server.update_masks import parse_update_mask


def organization_changes_from_proto(
    request: directory_pb2.UpdateOrganizationRequest,
) -> OrganizationChanges:
    """Read the fields that the mask names; raise UpdateMaskInvalidError."""
    wanted = request.organization
    named = parse_update_mask(request.update_mask, wanted)
    profile = None
    if wanted.HasField("fiscal_profile") and "fiscal_profile" in named:
        profile = fiscal_profile_from_proto(wanted.fiscal_profile)
    return OrganizationChanges(
        display_name=wanted.display_name if "display_name" in named else KEEP,
        fiscal_profile=profile if "fiscal_profile" in named else KEEP,
        whatsapp_phone_number_id=wanted.whatsapp_phone_number_id
        if "whatsapp_phone_number_id" in named
        else KEEP,
    )


def member_changes_from_proto(request: directory_pb2.UpdateMemberRequest) -> MemberChanges:
    """Read the fields that the mask names; raise UpdateMaskInvalidError."""
    wanted = request.member
    named = parse_update_mask(request.update_mask, wanted)
    return MemberChanges(
        display_name=wanted.display_name if "display_name" in named else KEEP,
        email=wanted.email if "email" in named else KEEP,
        phone_number=wanted.phone_number if "phone_number" in named else KEEP,
        roles=roles_from_proto(wanted) if "roles" in named else KEEP,
        subject=wanted.subject if "subject" in named else KEEP,
    )


def customer_changes_from_proto(request: directory_pb2.UpdateCustomerRequest) -> CustomerChanges:
    """Read the fields that the mask names; raise UpdateMaskInvalidError, InvalidCuitError."""
    wanted = request.customer
    named = parse_update_mask(request.update_mask, wanted)
    document = address = None
    if wanted.HasField("document") and "document" in named:
        document = document_from_proto(wanted.document)
    if wanted.HasField("address") and "address" in named:
        address = address_from_proto(wanted.address)
    return CustomerChanges(
        display_name=wanted.display_name if "display_name" in named else KEEP,
        phone_number=wanted.phone_number if "phone_number" in named else KEEP,
        email=wanted.email if "email" in named else KEEP,
        document=document if "document" in named else KEEP,
        condicion_iva=RECEPTORES_BY_NUMBER[wanted.condicion_iva_receptor]
        if "condicion_iva_receptor" in named
        else KEEP,
        address=address if "address" in named else KEEP,
    )
