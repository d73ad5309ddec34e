"""DirectoryService over a real channel: each method's success and each of its refusals."""

from uuid import uuid4

import grpc
import pytest

from campotech.directory.v1 import directory_pb2
from campotech.directory.v1.member_pb2 import Member
from campotech.jobs.v1 import jobs_pb2
from campotech.type.v1 import fiscal_pb2
from domain.commands import Role
from tests.support.businesses import Business, id_in, short
from tests.support.clocks import new_id
from tests.support.job_steps import ASSIGN, TRAVEL
from tests.support.refusals import refused
from tests.support.requests import (
    a_document,
    a_place,
    a_profile,
    creating_customer,
    creating_member,
    creating_organization,
    registering_device,
)
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")

GOOD_CUIT, WRONG_CUIT = "20123456786", "20123456785"


async def test_a_new_organisation_is_what_was_said_of_it(api: Api) -> None:
    number = str(new_id().int)[:15]
    request = creating_organization(whatsapp_phone_number_id=number)

    created = (await api.admin().directory.CreateOrganization(request)).organization

    assert created.display_name == "Plomería Sur"
    assert created.fiscal_profile == a_profile()
    assert created.whatsapp_phone_number_id == number
    assert created.etag
    assert await _organization(api, created.name) == created


async def test_an_organisation_can_do_without_a_fiscal_profile(api: Api) -> None:
    request = creating_organization(fiscal_profile=None)

    created = (await api.admin().directory.CreateOrganization(request)).organization

    assert not created.HasField("fiscal_profile")
    assert await _organization(api, created.name) == created


async def test_a_repeated_creation_makes_one_organisation(api: Api) -> None:
    request = creating_organization(request_id=str(uuid4()))
    admin = api.admin()

    first = await admin.directory.CreateOrganization(request)
    again = await admin.directory.CreateOrganization(request)

    assert first == again


async def test_an_organisation_needs_a_cuit_with_its_check_digit(api: Api) -> None:
    request = creating_organization(fiscal_profile=a_profile(cuit=WRONG_CUIT))

    refusal = await refused(api.admin().directory.CreateOrganization(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CUIT")
    assert refusal.fields == ["organization.fiscal_profile.cuit"]


async def test_a_whatsapp_number_belongs_to_one_organisation(api: Api) -> None:
    number = str(new_id().int)[:15]
    request = creating_organization(whatsapp_phone_number_id=number)
    await api.admin().directory.CreateOrganization(request)

    refusal = await refused(api.admin().directory.CreateOrganization(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "WHATSAPP_NUMBER_TAKEN",
    )


async def test_everybody_sees_their_own_organisation(business: Business) -> None:
    request = directory_pb2.GetOrganizationRequest(name=business.name)

    seen = [
        (await colleague.app.directory.GetOrganization(request)).organization.name
        for colleague in (business.owner, business.dispatcher, business.technician)
    ]

    assert seen == [business.name] * 3


async def test_an_organisation_that_does_not_exist_is_not_found(api: Api) -> None:
    request = directory_pb2.GetOrganizationRequest(name=f"organizations/{new_id()}")

    refusal = await refused(api.admin().directory.GetOrganization(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "ORGANIZATION_NOT_FOUND",
    )


async def test_a_new_member_is_what_was_said_of_them(business: Business) -> None:
    request = creating_member(
        Member.ROLE_DISPATCHER, Member.ROLE_TECHNICIAN, subject="auth0|juana", parent=business.name
    )

    created = (await business.owner.app.directory.CreateMember(request)).member

    assert created.name.startswith(f"{business.name}/members/")
    assert (created.display_name, created.subject) == ("Tomás Técnico", "auth0|juana")
    assert list(created.roles) == [Member.ROLE_DISPATCHER, Member.ROLE_TECHNICIAN]
    assert (created.email, created.phone_number) == ("tomas@example.com", "+5491155550100")
    assert await _member(business, created.name) == created


async def test_a_member_signs_in_by_their_id_unless_something_else_was_said(
    business: Business,
) -> None:
    created = (await business.owner.app.directory.CreateMember(creating_member())).member

    assert created.subject == str(id_in(created.name))


async def test_a_technician_works_under_whatever_subject_they_sign_in_with(
    business: Business,
) -> None:
    technician = await business.hire(Role.TECHNICIAN, subject="auth0|tomas")
    job = await business.job()
    await business.move(job.name, ASSIGN, technician=technician.name)

    travelling = await business.move(job.name, TRAVEL, by=technician.app)
    phone = await technician.app.tracking.RegisterDevice(registering_device())
    listed = await technician.app.jobs.ListJobs(jobs_pb2.ListJobsRequest())

    assert phone.device.technician == technician.name
    assert list(listed.jobs) == [travelling]


async def test_who_becomes_a_member_is_known_with_the_token_they_have(business: Business) -> None:
    subject = str(uuid4())
    app = business.api.caller(Role.TECHNICIAN, organization_id=business.id, subject=subject)

    refusal = await refused(app.tracking.RegisterDevice(registering_device()))
    technician = await business.hire(Role.TECHNICIAN, subject=subject)
    phone = await app.tracking.RegisterDevice(registering_device())

    assert refusal.code == grpc.StatusCode.PERMISSION_DENIED
    assert phone.device.technician == technician.name


async def test_a_repeated_creation_makes_one_member(business: Business) -> None:
    request = creating_member(request_id=str(uuid4()))

    first = await business.owner.app.directory.CreateMember(request)
    again = await business.owner.app.directory.CreateMember(request)

    assert first == again


async def test_two_members_do_not_sign_in_with_one_subject(business: Business) -> None:
    request = creating_member(subject="auth0|juana")
    await business.owner.app.directory.CreateMember(request)

    refusal = await refused(business.owner.app.directory.CreateMember(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "MEMBER_SUBJECT_TAKEN",
    )


async def test_a_member_that_does_not_exist_is_not_found(business: Business) -> None:
    request = directory_pb2.GetMemberRequest(name=f"members/{new_id()}")

    refusal = await refused(business.office.directory.GetMember(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND")


async def test_members_are_listed_page_by_page_the_newest_first(business: Business) -> None:
    newest = await business.hire(Role.TECHNICIAN)
    expected = [newest, business.technician, business.dispatcher, business.owner]

    first = await business.office.directory.ListMembers(
        directory_pb2.ListMembersRequest(page_size=3)
    )
    second = await business.office.directory.ListMembers(
        directory_pb2.ListMembersRequest(page_size=3, page_token=first.next_page_token)
    )

    listed = [member.name for page in (first, second) for member in page.members]
    assert listed == [colleague.name for colleague in expected]
    assert second.next_page_token == ""


async def test_a_page_token_of_members_does_not_continue_customers(business: Business) -> None:
    office = business.office.directory
    members = await office.ListMembers(directory_pb2.ListMembersRequest(page_size=1))
    request = directory_pb2.ListCustomersRequest(page_size=1, page_token=members.next_page_token)

    refusal = await refused(office.ListCustomers(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_a_made_up_page_token_continues_no_members(business: Business) -> None:
    request = directory_pb2.ListMembersRequest(page_token="c2VndW5kYQ")  # noqa: S106  # no secret

    refusal = await refused(business.office.directory.ListMembers(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_a_new_customer_is_what_was_said_of_them(business: Business) -> None:
    document = a_document(GOOD_CUIT)
    request = creating_customer(
        document=document,
        condicion_iva_receptor=fiscal_pb2.CONDICION_IVA_RECEPTOR_RESPONSABLE_INSCRIPTO,
    )

    created = (await business.office.directory.CreateCustomer(request)).customer

    assert created.name.startswith(f"{business.name}/customers/")
    assert (created.display_name, created.email) == ("Ana Clienta", "ana@example.com")
    assert (created.document, created.address) == (document, a_place())
    assert created.condicion_iva_receptor == fiscal_pb2.CONDICION_IVA_RECEPTOR_RESPONSABLE_INSCRIPTO
    assert await _customer(business, short(created.name)) == created


async def test_a_customer_of_whom_nothing_is_known_is_a_final_consumer(business: Business) -> None:
    request = creating_customer(email="", address=None)

    created = (await business.office.directory.CreateCustomer(request)).customer

    assert created.condicion_iva_receptor == fiscal_pb2.CONDICION_IVA_RECEPTOR_CONSUMIDOR_FINAL
    assert not created.HasField("document")
    assert not created.HasField("address")


async def test_a_repeated_creation_makes_one_customer(business: Business) -> None:
    request = creating_customer(request_id=str(uuid4()))

    first = await business.office.directory.CreateCustomer(request)
    again = await business.office.directory.CreateCustomer(request)

    assert first == again


@pytest.mark.parametrize(
    "kind", [fiscal_pb2.IdentityDocument.TYPE_CUIT, fiscal_pb2.IdentityDocument.TYPE_CUIL]
)
async def test_a_customers_cuit_needs_its_check_digit(
    business: Business, kind: fiscal_pb2.IdentityDocument.Type.ValueType
) -> None:
    request = creating_customer(document=a_document(WRONG_CUIT, kind))

    refusal = await refused(business.office.directory.CreateCustomer(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CUIT")
    assert refusal.fields == ["customer.document.number"]


async def test_who_gets_invoices_of_letter_a_needs_a_cuit(business: Business) -> None:
    request = creating_customer(
        condicion_iva_receptor=fiscal_pb2.CONDICION_IVA_RECEPTOR_MONOTRIBUTO
    )

    refusal = await refused(business.office.directory.CreateCustomer(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "CUIT_REQUIRED")
    assert refusal.fields == ["customer.document"]


async def test_a_customer_that_does_not_exist_is_not_found(business: Business) -> None:
    request = directory_pb2.GetCustomerRequest(name=f"customers/{new_id()}")

    refusal = await refused(business.technician.app.directory.GetCustomer(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")


async def test_customers_are_listed_page_by_page_the_newest_first(business: Business) -> None:
    office = business.office.directory
    newest = (await office.CreateCustomer(creating_customer())).customer

    first = await office.ListCustomers(directory_pb2.ListCustomersRequest(page_size=1))
    second = await office.ListCustomers(
        directory_pb2.ListCustomersRequest(page_size=1, page_token=first.next_page_token)
    )

    assert [customer.name for customer in first.customers] == [newest.name]
    assert [customer.name for customer in second.customers] == [business.customer]
    assert second.next_page_token == ""


async def _organization(api: Api, name: str) -> object:
    request = directory_pb2.GetOrganizationRequest(name=name)
    return (await api.admin().directory.GetOrganization(request)).organization


async def _member(business: Business, name: str) -> Member:
    request = directory_pb2.GetMemberRequest(name=name)
    return (await business.office.directory.GetMember(request)).member


async def _customer(business: Business, name: str) -> object:
    request = directory_pb2.GetCustomerRequest(name=name)
    return (await business.office.directory.GetCustomer(request)).customer
