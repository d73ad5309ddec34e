"""The directory as rows: the one place that knows which column holds what."""

import json

from psycopg.rows import TupleRow

from domain.addresses import Address, Coordinates
from domain.commands import Role
from domain.directory.customer import (
    CondicionIvaReceptor,
    Customer,
    DocumentType,
    IdentityDocument,
)
from domain.directory.fiscal_profile import CondicionIva, FiscalProfile
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.identifiers import CustomerId, MemberId, OrganizationId

ORGANIZATION_COLUMNS = (
    "organization_id, display_name, cuit, legal_name, condicion_iva, punto_de_venta,"
    " trade_address, ingresos_brutos, activity_start_date, whatsapp_phone_number_id, version,"
    " created_at, updated_at"
)
MEMBER_COLUMNS = (
    "organization_id, id, created_at, display_name, email, phone_number, roles, subject, version,"
    " updated_at, ended_at"
)
CUSTOMER_COLUMNS = (
    "organization_id, id, created_at, display_name, phone_number, email, document_type,"
    " document_number, condicion_iva_receptor, address, version, updated_at"
)


def address_to_json(address: Address | None) -> str | None:
    """Return an address as JSON for a column, None where there is none."""
    if address is None:
        return None
    place = address.coordinates
    return json.dumps(
        {
            "street_address": address.street_address,
            "locality": address.locality,
            "province": address.province,
            "postal_code": address.postal_code,
            "coordinates": [place.latitude_e7, place.longitude_e7] if place else None,
        }
    )


def address_from_json(column: dict[str, str] | None) -> Address | None:
    """Return the address in a JSON column."""
    if column is None:
        return None
    place = column["coordinates"]
    return Address(
        street_address=column["street_address"],
        locality=column["locality"],
        province=column["province"],
        postal_code=column["postal_code"],
        coordinates=Coordinates(int(place[0]), int(place[1])) if place else None,
    )


def organization_parameters(organization: Organization) -> dict[str, object]:
    """Return the columns of an organisation, ready to bind."""
    profile = organization.fiscal_profile
    return {
        "organization_id": organization.id,
        "display_name": organization.display_name,
        "cuit": profile and profile.cuit,
        "legal_name": profile and profile.legal_name,
        "condicion_iva": profile and profile.condicion_iva.value,
        "punto_de_venta": profile and profile.punto_de_venta,
        "trade_address": address_to_json(profile.trade_address if profile else None),
        "ingresos_brutos": profile and profile.ingresos_brutos,
        "activity_start_date": profile and profile.activity_start_date,
        "whatsapp_phone_number_id": organization.whatsapp_phone_number_id or None,
        "version": organization.version,
        "created_at": organization.created_at,
        "updated_at": organization.updated_at,
    }


def organization_from_row(row: TupleRow) -> Organization:
    """Return the organisation in a row of ORGANIZATION_COLUMNS."""
    (
        organization_id, display_name, cuit, legal_name, condicion_iva, punto_de_venta,
        trade_address, ingresos_brutos, activity_start_date, whatsapp_phone_number_id, version,
        created_at, updated_at,
    ) = row  # fmt: skip
    address = address_from_json(trade_address)
    profile = None
    if address is not None:
        profile = FiscalProfile(
            cuit=cuit,
            legal_name=legal_name,
            condicion_iva=CondicionIva(condicion_iva),
            punto_de_venta=punto_de_venta,
            trade_address=address,
            ingresos_brutos=ingresos_brutos,
            activity_start_date=activity_start_date,
        )
    return Organization(
        id=OrganizationId(organization_id),
        display_name=display_name,
        fiscal_profile=profile,
        whatsapp_phone_number_id=whatsapp_phone_number_id or "",
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )


def member_parameters(member: Member) -> dict[str, object]:
    """Return the columns of a member, ready to bind."""
    return {
        "organization_id": member.organization_id,
        "id": member.id,
        "created_at": member.created_at,
        "display_name": member.display_name,
        "email": member.email,
        "phone_number": member.phone_number,
        "roles": sorted(member.roles),
        "subject": member.subject,
        "version": member.version,
        "updated_at": member.updated_at,
        "ended_at": member.ended_at,
    }


def member_from_row(row: TupleRow) -> Member:
    """Return the member in a row of MEMBER_COLUMNS."""
    (
        organization_id, member_id, created_at, display_name, email, phone_number, roles, subject,
        version, updated_at, ended_at,
    ) = row  # fmt: skip
    return Member(
        id=MemberId(member_id),
        organization_id=OrganizationId(organization_id),
        display_name=display_name,
        email=email,
        phone_number=phone_number,
        roles=frozenset(Role(role) for role in roles),
        subject=subject,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
        ended_at=ended_at,
    )


def customer_parameters(customer: Customer) -> dict[str, object]:
    """Return the columns of a customer, ready to bind."""
    return {
        "organization_id": customer.organization_id,
        "id": customer.id,
        "created_at": customer.created_at,
        "display_name": customer.display_name,
        "phone_number": customer.phone_number,
        "email": customer.email,
        "document_type": customer.document and customer.document.type.value,
        "document_number": customer.document and customer.document.number,
        "condicion_iva_receptor": customer.condicion_iva.value,
        "address": address_to_json(customer.address),
        "version": customer.version,
        "updated_at": customer.updated_at,
    }


def customer_from_row(row: TupleRow) -> Customer:
    """Return the customer in a row of CUSTOMER_COLUMNS."""
    (
        organization_id, customer_id, created_at, display_name, phone_number, email, document_type,
        document_number, condicion_iva, address, version, updated_at,
    ) = row  # fmt: skip
    return Customer(
        id=CustomerId(customer_id),
        organization_id=OrganizationId(organization_id),
        display_name=display_name,
        phone_number=phone_number,
        email=email,
        document=document_type
        and IdentityDocument(type=DocumentType(document_type), number=document_number),
        condicion_iva=CondicionIvaReceptor(condicion_iva),
        address=address_from_json(address),
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
