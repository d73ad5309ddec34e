"""Organisations, members and customers between the contract and the domain."""

from datetime import date

from google.type import date_pb2

from campotech.directory.v1 import (
    customer_pb2,
    directory_pb2,
    member_pb2,
    organization_pb2,
)
from campotech.type.v1 import fiscal_pb2
from domain.commands import Role
from domain.directory.customer import (
    CondicionIvaReceptor,
    Customer,
    DocumentType,
    IdentityDocument,
)
from domain.directory.fiscal_profile import CondicionIva, FiscalProfile
from domain.directory.member import MEMBER_ROLES, Member
from domain.directory.organization import Organization
from domain.errors import InvalidInputError
from server.addresses import address_from_proto, address_to_proto
from server.etags import etag_of
from server.resource_names import CUSTOMERS, MEMBERS, organization_name
from server.timestamps import timestamp_to_proto

ROLES = {role: member_pb2.Member.Role.Value(f"ROLE_{role.name}") for role in MEMBER_ROLES}
ROLES_BY_NUMBER = {number: role for role, number in ROLES.items()}
DOCUMENT_TYPES = {
    kind: fiscal_pb2.IdentityDocument.Type.Value(f"TYPE_{kind}") for kind in DocumentType
}
DOCUMENT_TYPES_BY_NUMBER = {number: kind for kind, number in DOCUMENT_TYPES.items()}
CONDICIONES = {
    condicion: fiscal_pb2.CondicionIva.Value(f"CONDICION_IVA_{condicion}")
    for condicion in CondicionIva
}
CONDICIONES_BY_NUMBER = {number: condicion for condicion, number in CONDICIONES.items()}
RECEPTORES = {
    condicion: fiscal_pb2.CondicionIvaReceptor.Value(f"CONDICION_IVA_RECEPTOR_{condicion}")
    for condicion in CondicionIvaReceptor
}
RECEPTORES_BY_NUMBER = {
    fiscal_pb2.CONDICION_IVA_RECEPTOR_UNSPECIFIED: CondicionIvaReceptor.CONSUMIDOR_FINAL
} | {number: condicion for condicion, number in RECEPTORES.items()}


def organization_to_proto(organization: Organization) -> organization_pb2.Organization:
    """Print an organisation."""
    profile = organization.fiscal_profile
    return organization_pb2.Organization(
        name=organization_name(organization.id),
        display_name=organization.display_name,
        fiscal_profile=None if profile is None else fiscal_profile_to_proto(profile),
        whatsapp_phone_number_id=organization.whatsapp_phone_number_id,
        create_time=timestamp_to_proto(organization.created_at),
        update_time=timestamp_to_proto(organization.updated_at),
        etag=etag_of(organization.version),
    )


def fiscal_profile_to_proto(profile: FiscalProfile) -> organization_pb2.FiscalProfile:
    """Print a fiscal profile."""
    started = profile.activity_start_date
    return organization_pb2.FiscalProfile(
        cuit=profile.cuit,
        legal_name=profile.legal_name,
        condicion_iva=CONDICIONES[profile.condicion_iva],
        punto_de_venta=profile.punto_de_venta,
        trade_address=address_to_proto(profile.trade_address),
        ingresos_brutos=profile.ingresos_brutos,
        activity_start_date=None
        if started is None
        else date_pb2.Date(year=started.year, month=started.month, day=started.day),
    )


def fiscal_profile_from_proto(message: organization_pb2.FiscalProfile) -> FiscalProfile:
    """Read a fiscal profile; raise InvalidInputError."""
    started = None
    if message.HasField("activity_start_date"):
        started = _parse_date(
            message.activity_start_date, "organization.fiscal_profile.activity_start_date"
        )
    return FiscalProfile(
        cuit=message.cuit,
        legal_name=message.legal_name,
        condicion_iva=CONDICIONES_BY_NUMBER[message.condicion_iva],
        punto_de_venta=message.punto_de_venta,
        trade_address=address_from_proto(message.trade_address),
        ingresos_brutos=message.ingresos_brutos,
        activity_start_date=started,
    )


def _parse_date(message: date_pb2.Date, field: str) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError as error:
        raise InvalidInputError("This is not a date that exists.", field=field) from error


def member_to_proto(member: Member) -> member_pb2.Member:
    """Print a member."""
    return member_pb2.Member(
        name=MEMBERS.name(member.organization_id, member.id),
        display_name=member.display_name,
        email=member.email,
        phone_number=member.phone_number,
        roles=sorted(ROLES[role] for role in member.roles),
        subject=member.subject,
        create_time=timestamp_to_proto(member.created_at),
        update_time=timestamp_to_proto(member.updated_at),
        etag=etag_of(member.version),
        state=member_pb2.Member.STATE_ENDED if member.is_ended else member_pb2.Member.STATE_ACTIVE,
        end_time=timestamp_to_proto(member.ended_at) if member.ended_at else None,
    )


def roles_from_proto(
    message: member_pb2.Member | directory_pb2.ListMembersRequest,
) -> frozenset[Role]:
    """Read the roles of a member, or of those who are looked for."""
    return frozenset(ROLES_BY_NUMBER[role] for role in message.roles)


def customer_to_proto(customer: Customer) -> customer_pb2.Customer:
    """Print a customer."""
    document = customer.document
    return customer_pb2.Customer(
        name=CUSTOMERS.name(customer.organization_id, customer.id),
        display_name=customer.display_name,
        phone_number=customer.phone_number,
        email=customer.email,
        document=None
        if document is None
        else fiscal_pb2.IdentityDocument(
            type=DOCUMENT_TYPES[document.type], number=document.number
        ),
        condicion_iva_receptor=RECEPTORES[customer.condicion_iva],
        address=address_to_proto(customer.address),
        create_time=timestamp_to_proto(customer.created_at),
        update_time=timestamp_to_proto(customer.updated_at),
        etag=etag_of(customer.version),
    )


def document_from_proto(message: fiscal_pb2.IdentityDocument) -> IdentityDocument:
    """Read a document; raise InvalidInputError for a wrong check digit."""
    return IdentityDocument(type=DOCUMENT_TYPES_BY_NUMBER[message.type], number=message.number)
