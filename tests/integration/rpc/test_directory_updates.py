"""Changing what was said of a business, its members and its customers, over a real channel."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from campotech.directory.v1 import connections_pb2, directory_pb2
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech.type.v1 import fiscal_pb2
from domain.commands import Role
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.connecting import connecting_whatsapp
from tests.support.refusals import refused
from tests.support.requests import a_document, a_place, a_profile, creating_customer
from tests.support.rpc import Caller
from tests.support.tenant_rows import tenant_rows

pytestmark = pytest.mark.asyncio(loop_scope="package")

GOOD_CUIT, WRONG_CUIT = "20123456786", "20123456785"


def a_number() -> str:
    """Return a number's id at Meta, of nobody."""
    return str(new_id().int)[-15:]


async def read_customer(business: Business) -> Customer:
    request = directory_pb2.GetCustomerRequest(name=business.customer)
    return (await business.office.directory.GetCustomer(request)).customer


async def read_member(business: Business, name: str) -> Member:
    request = directory_pb2.GetMemberRequest(name=name)
    return (await business.office.directory.GetMember(request)).member


async def read_organization(business: Business) -> Organization:
    request = directory_pb2.GetOrganizationRequest(name=business.name)
    return (await business.office.directory.GetOrganization(request)).organization


async def update_customer(
    business: Business, customer: Customer, *paths: str, **values: Any
) -> Customer:
    request = directory_pb2.UpdateCustomerRequest(
        customer=Customer(name=customer.name, **values),
        update_mask=FieldMask(paths=paths),
        etag=customer.etag,
    )
    return (await business.office.directory.UpdateCustomer(request)).customer


async def update_member(business: Business, member: Member, *paths: str, **values: Any) -> Member:
    request = directory_pb2.UpdateMemberRequest(
        member=Member(name=member.name, **values),
        update_mask=FieldMask(paths=paths),
        etag=member.etag,
    )
    return (await business.owner.app.directory.UpdateMember(request)).member


async def update_organization(
    business: Business, *paths: str, by: Caller | None = None, **values: Any
) -> Organization:
    organization = await read_organization(business)
    request = directory_pb2.UpdateOrganizationRequest(
        organization=Organization(name=organization.name, **values),
        update_mask=FieldMask(paths=paths),
        etag=organization.etag,
    )
    caller = by or business.owner.app
    return (await caller.directory.UpdateOrganization(request)).organization


async def give_number(business: Business, number: str) -> Organization:
    """Give a business a number as the platform's staff does."""
    staff = business.api.admin()
    return await update_organization(business, by=staff, whatsapp_phone_number_id=number)


async def test_what_is_set_of_a_customer_changes_and_all_else_stays(business: Business) -> None:
    customer = await read_customer(business)

    changed = await update_customer(
        business, customer, display_name="Ana Benítez", address=a_place(postal_code="C1414DPN")
    )

    expected = Customer()
    expected.CopyFrom(customer)
    expected.display_name, expected.address.postal_code = "Ana Benítez", "C1414DPN"
    expected.etag = changed.etag
    expected.update_time.CopyFrom(changed.update_time)
    assert changed == expected == await read_customer(business)
    assert changed.etag != customer.etag


async def test_what_is_named_and_not_given_becomes_empty(business: Business) -> None:
    customer = await read_customer(business)

    changed = await update_customer(business, customer, "email", "address")

    assert changed.email == ""
    assert not changed.HasField("address")
    assert changed.display_name == customer.display_name


async def test_a_customer_comes_to_get_invoices_of_letter_a(business: Business) -> None:
    registered = fiscal_pb2.CONDICION_IVA_RECEPTOR_RESPONSABLE_INSCRIPTO
    customer = await read_customer(business)

    refusal = await refused(update_customer(business, customer, condicion_iva_receptor=registered))
    changed = await update_customer(
        business, customer, condicion_iva_receptor=registered, document=a_document(GOOD_CUIT)
    )

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CUIT_REQUIRED")
    assert (changed.condicion_iva_receptor, changed.document.number) == (registered, GOOD_CUIT)


async def test_a_wrong_cuit_changes_no_customer(business: Business) -> None:
    customer = await read_customer(business)

    refusal = await refused(update_customer(business, customer, document=a_document(WRONG_CUIT)))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CUIT")
    assert await read_customer(business) == customer


async def test_a_change_that_is_repeated_is_made_once(business: Business) -> None:
    customer = await read_customer(business)
    request = directory_pb2.UpdateCustomerRequest(
        customer=Customer(name=short(customer.name), display_name="Ana Benítez"),
        etag=customer.etag,
        request_id=str(uuid4()),
    )

    first = (await business.office.directory.UpdateCustomer(request)).customer
    again = (await business.office.directory.UpdateCustomer(request)).customer

    assert first == again


async def test_what_is_the_same_already_is_no_change(business: Business) -> None:
    customer = await read_customer(business)

    same = await update_customer(business, customer, display_name=customer.display_name)

    assert same == customer


async def test_a_changed_customer_is_told_by_the_names_of_its_fields_alone(
    business: Business,
) -> None:
    await update_customer(business, await read_customer(business), display_name="Zulema Quiroga")

    with tenant_rows(business.api.database) as rows:
        audits = [row for table, row in rows.of(business.id) if table == "audit_logs"]
    (audit,) = [row for row in audits if "customer_updated" in row]
    assert '"fields": "display_name"' in audit
    assert "Quiroga" not in audit


async def test_a_members_name_and_roles_change(business: Business) -> None:
    colleague = await business.hire(Role.TECHNICIAN)
    member = await read_member(business, colleague.name)

    changed = await update_member(
        business, member, display_name="Juana", roles=[Member.ROLE_DISPATCHER]
    )

    assert (changed.display_name, list(changed.roles)) == ("Juana", [Member.ROLE_DISPATCHER])
    assert (changed.email, changed.subject) == (member.email, member.subject)
    assert changed == await read_member(business, colleague.name)


async def test_a_member_keeps_their_subject(business: Business) -> None:
    member = await read_member(business, business.technician.name)

    refusal = await refused(update_member(business, member, subject="auth0|otra"))
    same = await update_member(business, member, "*", **_all_of(member))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_IMMUTABLE")
    assert refusal.fields == ["member.subject"]
    assert same == member


async def test_the_last_owner_stays_one(business: Business) -> None:
    owner = await read_member(business, business.owner.name)

    refusal = await refused(update_member(business, owner, roles=[Member.ROLE_DISPATCHER]))
    await business.hire(Role.OWNER)
    changed = await update_member(business, owner, roles=[Member.ROLE_DISPATCHER])

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER")
    assert list(changed.roles) == [Member.ROLE_DISPATCHER]


async def test_the_business_gets_another_name_and_its_first_fiscal_profile(
    business: Business,
) -> None:
    await update_organization(business, "fiscal_profile")

    changed = await update_organization(
        business, display_name="Gas Norte", fiscal_profile=a_profile(punto_de_venta=7)
    )

    assert changed.display_name == "Gas Norte"
    assert changed.fiscal_profile == a_profile(punto_de_venta=7)
    assert changed == await read_organization(business)


async def test_a_fiscal_profile_needs_a_cuit_with_its_check_digit(business: Business) -> None:
    refusal = await refused(
        update_organization(business, fiscal_profile=a_profile(cuit=WRONG_CUIT))
    )

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CUIT")


async def test_a_whatsapp_number_that_was_given_up_is_free_for_others(
    business: Business, another: Business
) -> None:
    number, next_number = a_number(), a_number()
    await give_number(business, number)

    refusal = await refused(give_number(another, number))
    await give_number(business, next_number)
    taken_over = await give_number(another, number)
    none = await update_organization(business, "whatsapp_phone_number_id")

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "WHATSAPP_NUMBER_TAKEN",
    )
    assert taken_over.whatsapp_phone_number_id == number
    assert none.whatsapp_phone_number_id == ""


async def test_an_owner_keeps_a_number_and_gets_no_other_without_its_token(
    business: Business,
) -> None:
    given = await give_number(business, a_number())

    renamed = await update_organization(
        business, display_name="Gas Sur", whatsapp_phone_number_id=given.whatsapp_phone_number_id
    )
    refusal = await refused(update_organization(business, whatsapp_phone_number_id=a_number()))

    assert renamed.display_name == "Gas Sur"
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "WHATSAPP_NUMBER_UNPROVEN",
    )
    assert await read_organization(business) == renamed


@pytest.mark.parametrize("is_cleared", [True, False])
async def test_a_number_that_goes_takes_its_connection_with_it(
    business: Business, *, is_cleared: bool
) -> None:
    connections = business.owner.app.connections
    await connections.ConnectWhatsApp(connecting_whatsapp())

    if is_cleared:
        await update_organization(business, "whatsapp_phone_number_id")
    else:
        await give_number(business, a_number())

    request = connections_pb2.GetWhatsAppConnectionRequest(name="whatsAppConnection")
    refusal = await refused(connections.GetWhatsAppConnection(request))
    assert refusal.reason == "WHATSAPP_CONNECTION_NOT_FOUND"


async def test_a_connection_stays_while_its_number_does(business: Business) -> None:
    connections = business.owner.app.connections
    connected = await connections.ConnectWhatsApp(connecting_whatsapp())

    await update_organization(business, display_name="Gas Sur")

    request = connections_pb2.GetWhatsAppConnectionRequest(name="whatsAppConnection")
    read = await connections.GetWhatsAppConnection(request)
    assert read.whatsapp_connection == connected.whatsapp_connection


@pytest.mark.parametrize("etag", ["", "stale"])
async def test_nothing_is_overwritten_unseen(business: Business, etag: str) -> None:
    customer = await read_customer(business)
    owner, office = business.owner.app.directory, business.office.directory

    refusals = [
        await refused(
            office.UpdateCustomer(
                directory_pb2.UpdateCustomerRequest(
                    customer=Customer(name=customer.name, display_name="Otra"), etag=etag
                )
            )
        ),
        await refused(
            owner.UpdateMember(
                directory_pb2.UpdateMemberRequest(
                    member=Member(name=business.technician.name, display_name="Otra"), etag=etag
                )
            )
        ),
        await refused(
            owner.UpdateOrganization(
                directory_pb2.UpdateOrganizationRequest(
                    organization=Organization(name=business.name, display_name="Otra"), etag=etag
                )
            )
        ),
    ]

    assert {(each.code, each.reason) for each in refusals} == {
        (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    }
    assert {each.info.metadata["current_etag"] for each in refusals} == {customer.etag}


async def test_who_does_not_exist_is_not_changed(business: Business) -> None:
    nobody, no_one = Customer(name=f"customers/{new_id()}"), Member(name=f"members/{new_id()}")

    refusals = [
        await refused(update_customer(business, nobody, display_name="Otra")),
        await refused(update_member(business, no_one, display_name="Otra")),
    ]

    assert [(each.code, each.reason) for each in refusals] == [
        (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND"),
        (grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"),
    ]


async def test_a_path_that_is_no_field_is_refused(business: Business) -> None:
    customer = await read_customer(business)

    refusal = await refused(update_customer(business, customer, "address.locality"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "UPDATE_MASK_INVALID",
    )


async def test_two_dispatchers_do_not_undo_each_others_corrections(business: Business) -> None:
    created = await business.office.directory.CreateCustomer(creating_customer())
    customer = created.customer
    await update_customer(business, customer, phone_number="+5491155550199")

    refusal = await refused(update_customer(business, customer, display_name="Otra"))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")


def _all_of(member: Member) -> dict[str, Any]:
    return {
        "display_name": member.display_name,
        "email": member.email,
        "phone_number": member.phone_number,
        "roles": member.roles,
        "subject": member.subject,
    }
