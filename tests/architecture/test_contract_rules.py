"""The rules in the contract refuse what they should, and name the field."""

from collections.abc import Callable

import protovalidate
import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, latlng_pb2

from campotech.directory.v1 import customer_pb2, directory_pb2, member_pb2, organization_pb2
from campotech.jobs.v1 import job_pb2, jobs_pb2
from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2
from campotech.type.v1 import address_pb2, fiscal_pb2, money_pb2
from tests.support.requests import pesos

UUID = "01890000-0000-7000-8000-000000000000"
NAN = float("nan")


def create_job(change: Callable[[job_pb2.Job], object] = lambda _: None) -> Message:
    job = job_pb2.Job(
        customer=f"customers/{UUID}",
        description="No hay agua caliente.",
        service_address=an_address(),
        scheduled_start_time=Timestamp(seconds=1_000),
        scheduled_end_time=Timestamp(seconds=2_000),
        price=money_pb2.Money(currency_code="ARS", amount_minor=4_500_000),
    )
    change(job)
    return jobs_pb2.CreateJobRequest(job=job)


def update_job(change: Callable[[job_pb2.Job], object] = lambda _: None) -> Message:
    job = job_pb2.Job(name=f"jobs/{UUID}")
    change(job)
    return jobs_pb2.UpdateJobRequest(job=job)


def an_address() -> address_pb2.Address:
    return address_pb2.Address(
        street_address="Av. Corrientes 1234",
        locality="Balvanera",
        province="Ciudad Autónoma de Buenos Aires",
        postal_code="C1043AAZ",
        location=latlng_pb2.LatLng(latitude=-34.6037, longitude=-58.3816),
    )


def stream_fix(change: Callable[[location_pb2.Fix], object] = lambda _: None) -> Message:
    fix = location_pb2.Fix(
        seq=1,
        recorded_at=Timestamp(seconds=1_700_000_000),
        latitude=-34.6037,
        longitude=-58.3816,
        accuracy_meters=5,
        heading_degrees=359.5,
        battery_percent=100,
    )
    change(fix)
    batch = location_pb2.LocationBatch(device=f"devices/{UUID}", install_epoch=1, fixes=[fix])
    return locations_pb2.StreamLocationsRequest(batch=batch)


def create_organization(
    change: Callable[[organization_pb2.FiscalProfile], object] = lambda _: None,
) -> Message:
    profile = organization_pb2.FiscalProfile(
        cuit="20123456786",
        legal_name="Plomería Sur SRL",
        condicion_iva=fiscal_pb2.CONDICION_IVA_RESPONSABLE_INSCRIPTO,
        punto_de_venta=3,
        trade_address=an_address(),
        activity_start_date=date_pb2.Date(year=2019, month=3, day=1),
    )
    change(profile)
    organization = organization_pb2.Organization(
        display_name="Plomería Sur", fiscal_profile=profile
    )
    return directory_pb2.CreateOrganizationRequest(organization=organization)


def create_customer(
    change: Callable[[customer_pb2.Customer], object] = lambda _: None,
) -> Message:
    customer = customer_pb2.Customer(
        display_name="Juana Pérez",
        phone_number="+5491155550123",
        document=fiscal_pb2.IdentityDocument(
            type=fiscal_pb2.IdentityDocument.TYPE_DNI, number="30123456"
        ),
    )
    change(customer)
    return directory_pb2.CreateCustomerRequest(customer=customer)


def create_member(*roles: member_pb2.Member.Role.ValueType) -> Message:
    member = member_pb2.Member(display_name="Juana", email="juana@example.com", roles=roles)
    return directory_pb2.CreateMemberRequest(member=member)


def register_device(**fields: object) -> Message:
    request = locations_pb2.RegisterDeviceRequest(
        platform=device_pb2.Device.PLATFORM_ANDROID, installation_id=UUID, install_epoch=1
    )
    for field, value in fields.items():
        setattr(request, field, value)
    return request


GOOD = [
    jobs_pb2.GetJobRequest(name=f"jobs/{UUID}"),
    jobs_pb2.GetJobRequest(name=f"organizations/{UUID}/jobs/{UUID}"),
    jobs_pb2.ListJobsRequest(),
    jobs_pb2.ListJobsRequest(
        page_size=1_000, since="2025-01-01", until="2025-01-01T00:00:00-03:00"
    ),
    jobs_pb2.CancelJobRequest(name=f"jobs/{UUID}", reason=job_pb2.Job.CANCEL_REASON_DUPLICATE),
    jobs_pb2.WatchJobsRequest(after_cursor=0),
    create_job(),
    update_job(),
    update_job(lambda job: job.scheduled_end_time.FromSeconds(1_000)),
    stream_fix(),
    create_organization(),
    create_customer(),
    create_member(member_pb2.Member.ROLE_OWNER, member_pb2.Member.ROLE_TECHNICIAN),
    register_device(),
]

BAD = [
    (jobs_pb2.GetJobRequest(name="jobs/12"), "name"),
    (jobs_pb2.GetJobRequest(name=f"invoices/{UUID}"), "name"),
    (jobs_pb2.GetJobRequest(name=f"jobs/{UUID}/"), "name"),
    (jobs_pb2.GetJobRequest(name=f"jobs/{UUID}\n"), "name"),
    (jobs_pb2.GetJobRequest(name=f"jobs/{UUID.replace('9', 'F')}"), "name"),
    (jobs_pb2.ListJobsRequest(parent=f"organizations/{UUID}/jobs"), "parent"),
    (jobs_pb2.ListJobsRequest(page_size=-1), "page_size"),
    (jobs_pb2.ListJobsRequest(since="yesterday"), "since"),
    (jobs_pb2.ListJobsRequest(until="2025-01-01T00:00:00"), "until"),
    (jobs_pb2.ListJobsRequest(states=[job_pb2.Job.STATE_UNSPECIFIED]), "states[0]"),
    (jobs_pb2.CreateJobRequest(request_id="again"), "request_id"),
    (jobs_pb2.AssignJobRequest(name=f"jobs/{UUID}", technician=f"customers/{UUID}"), "technician"),
    (jobs_pb2.CancelJobRequest(name=f"jobs/{UUID}"), "reason"),
    (jobs_pb2.WatchJobsRequest(after_cursor=-1), "after_cursor"),
    (create_job(lambda job: setattr(job, "description", "x" * 2_001)), "job.description"),
    (create_job(lambda job: setattr(job, "customer", UUID)), "job.customer"),
    (update_job(lambda job: setattr(job, "description", "x" * 2_001)), "job.description"),
    (update_job(lambda job: job.price.CopyFrom(pesos(-1))), "job.price"),
    (create_job(lambda job: setattr(job.price, "amount_minor", 0)), "job.price"),
    (create_job(lambda job: setattr(job.price, "currency_code", "USD")), "job.price"),
    (
        create_job(lambda job: setattr(job.service_address, "postal_code", "12")),
        "job.service_address.postal_code",
    ),
    (
        create_job(lambda job: setattr(job.service_address.location, "latitude", 200)),
        "job.service_address.location",
    ),
    (
        create_job(lambda job: setattr(job.service_address.location, "longitude", NAN)),
        "job.service_address.location",
    ),
    (stream_fix(lambda fix: setattr(fix, "seq", 0)), "batch.fixes[0].seq"),
    (stream_fix(lambda fix: setattr(fix, "latitude", 200)), "batch.fixes[0].latitude"),
    (stream_fix(lambda fix: setattr(fix, "longitude", NAN)), "batch.fixes[0].longitude"),
    (
        stream_fix(lambda fix: setattr(fix, "heading_degrees", 360)),
        "batch.fixes[0].heading_degrees",
    ),
    (
        stream_fix(lambda fix: setattr(fix, "battery_percent", 101)),
        "batch.fixes[0].battery_percent",
    ),
    (
        locations_pb2.StreamLocationsRequest(
            batch=location_pb2.LocationBatch(fixes=[location_pb2.Fix(seq=1)] * 501)
        ),
        "batch.fixes",
    ),
    (register_device(installation_id="mine"), "installation_id"),
    (register_device(platform=9), "platform"),
    (register_device(install_epoch=0), "install_epoch"),
    (
        create_organization(lambda profile: setattr(profile, "cuit", "20-12345678-6")),
        "organization.fiscal_profile.cuit",
    ),
    (
        create_organization(lambda profile: setattr(profile, "punto_de_venta", 99_999)),
        "organization.fiscal_profile.punto_de_venta",
    ),
    (
        create_organization(lambda profile: profile.activity_start_date.ClearField("day")),
        "organization.fiscal_profile.activity_start_date",
    ),
    (
        create_customer(lambda customer: setattr(customer, "phone_number", "15-5555-0123")),
        "customer.phone_number",
    ),
    (create_customer(lambda customer: setattr(customer, "email", "juana@")), "customer.email"),
    (
        create_member(member_pb2.Member.ROLE_OWNER, member_pb2.Member.ROLE_OWNER),
        "member.roles",
    ),
]

# A rule over several fields stands on the message, and its id ends in the field to blame.
BAD_TOGETHER = [
    (
        create_job(lambda job: job.ClearField("scheduled_start_time")),
        ("job", "job.scheduled_end_time"),
    ),
    (update_job(lambda job: setattr(job, "name", "jobs/1")), ("job", "job.name")),
    (
        create_customer(lambda customer: setattr(customer.document, "number", "123456")),
        ("customer.document", "identity_document.number"),
    ),
    (
        jobs_pb2.CancelJobRequest(name=f"jobs/{UUID}", reason=job_pb2.Job.CANCEL_REASON_OTHER),
        ("", "cancel_job.note"),
    ),
]


def violations(request: Message) -> list[tuple[str, str]]:
    return [
        (field_path(violation), violation.proto.rule_id)
        for violation in protovalidate.collect_violations(request)
    ]


def field_path(violation: protovalidate.Violation) -> str:
    path = violation.proto.field
    elements = path.elements if path else ()
    return ".".join(
        f"{element.field_name}[{element.subscript.value}]"
        if element.subscript
        else element.field_name
        for element in elements
    )


def name(parameter: object) -> str:
    return type(parameter).__name__ if isinstance(parameter, Message) else str(parameter)


@pytest.mark.parametrize("request_", GOOD, ids=name)
def test_a_good_request_breaks_no_rule(request_: Message) -> None:
    broken = violations(request_)

    assert not broken


@pytest.mark.parametrize(("request_", "field"), BAD, ids=name)
def test_a_bad_field_is_named(request_: Message, field: str) -> None:
    broken = violations(request_)

    assert {path for path, _ in broken} == {field}


@pytest.mark.parametrize(("request_", "blamed"), BAD_TOGETHER, ids=name)
def test_fields_that_do_not_fit_together_are_named(
    request_: Message, blamed: tuple[str, str]
) -> None:
    broken = violations(request_)

    assert broken == [blamed]
