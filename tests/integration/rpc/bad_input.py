"""Bad input, one line each: the call, and the code, the reason and the fields that answer it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2

from campotech.directory.v1 import directory_pb2
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech.invoicing.v1 import invoices_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, PriceLine
from campotech.messaging.v1 import messages_pb2
from campotech.operations.v1 import queues_pb2
from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2
from campotech.type.v1 import fiscal_pb2
from campotech.type.v1.address_pb2 import Address
from campotech.webhooks.v1 import webhooks_pb2
from tests.support.businesses import Business
from tests.support.proofs import announcing
from tests.support.requests import (
    EPOCH,
    a_document,
    a_line,
    a_moment,
    a_place,
    a_profile,
    a_sent_fix,
    creating_customer,
    creating_job,
    creating_member,
    creating_organization,
    pesos,
    registering_device,
)

Call = Callable[[Business], Awaitable[object]]

UUID = "01890000-0000-7000-8000-000000000000"
NOT_A_UUID = "0" * 36
WRONG_CUIT = "20123456785"
TOO_LONG = "x" * 2001
NAN, INFINITY = float("nan"), float("inf")


@dataclass(frozen=True, slots=True)
class BadInput:
    """A call that is refused, and how."""

    title: str
    call: Call
    fields: tuple[str, ...]
    reason: str = "INVALID_FIELD"
    code: grpc.StatusCode = grpc.StatusCode.INVALID_ARGUMENT


def _job(*, customer: str = "", **particular: Any) -> Call:
    return lambda business: business.office.jobs.CreateJob(
        creating_job(customer or business.customer, **particular)
    )


def _organization(**particular: Any) -> Call:
    return lambda business: business.api.admin().directory.CreateOrganization(
        creating_organization(**particular)
    )


def _profile(**particular: Any) -> Call:
    return _organization(fiscal_profile=a_profile(**particular))


def _member(*roles: Any, **particular: Any) -> Call:
    return lambda business: business.owner.app.directory.CreateMember(
        creating_member(*roles, **particular)
    )


def _customer(**particular: Any) -> Call:
    return lambda business: business.office.directory.CreateCustomer(
        creating_customer(**particular)
    )


def _update_customer(*paths: str, **values: Any) -> Call:
    request = directory_pb2.UpdateCustomerRequest(
        customer=Customer(**{"name": f"customers/{UUID}", **values}),
        update_mask=FieldMask(paths=paths),
        etag="1",
    )
    return lambda business: business.office.directory.UpdateCustomer(request)


def _update_member(*paths: str, **values: Any) -> Call:
    request = directory_pb2.UpdateMemberRequest(
        member=Member(**{"name": f"members/{UUID}", **values}),
        update_mask=FieldMask(paths=paths),
        etag="1",
    )
    return lambda business: business.owner.app.directory.UpdateMember(request)


def _update_organization(*paths: str, **values: Any) -> Call:
    request = directory_pb2.UpdateOrganizationRequest(
        organization=Organization(**values), update_mask=FieldMask(paths=paths), etag="1"
    )
    return lambda business: business.owner.app.directory.UpdateOrganization(request)


def _end_member(**values: Any) -> Call:
    request = directory_pb2.EndMemberRequest(**values)
    return lambda business: business.owner.app.directory.EndMember(request)


def _list_jobs(**values: Any) -> Call:
    request = jobs_pb2.ListJobsRequest(**values)
    return lambda business: business.office.jobs.ListJobs(request)


def _cancel(**values: Any) -> Call:
    request = jobs_pb2.CancelJobRequest(name=f"jobs/{UUID}", **values)
    return lambda business: business.office.jobs.CancelJob(request)


def _update(*paths: str, etag: str = "1", **values: Any) -> Call:
    request = jobs_pb2.UpdateJobRequest(
        job=Job(**{"name": f"jobs/{UUID}", **values}),
        update_mask=FieldMask(paths=paths),
        etag=etag,
    )
    return lambda business: business.office.jobs.UpdateJob(request)


def _pause(**values: Any) -> Call:
    request = jobs_pb2.PauseJobRequest(name=f"jobs/{UUID}", **values)
    return lambda business: business.technician.app.jobs.PauseJob(request)


def _note(**values: Any) -> Call:
    request = jobs_pb2.AddJobNoteRequest(name=f"jobs/{UUID}", **values)
    return lambda business: business.technician.app.jobs.AddJobNote(request)


def _proof(**values: Any) -> Call:
    request = announcing(values.pop("parent", f"jobs/{UUID}"), **values)
    return lambda business: business.technician.app.jobs.CreateJobProofUpload(request)


def _confirm(name: str) -> Call:
    request = jobs_pb2.ConfirmJobProofRequest(name=name)
    return lambda business: business.technician.app.jobs.ConfirmJobProof(request)


def _complete(**values: Any) -> Call:
    request = jobs_pb2.CompleteJobRequest(name=f"jobs/{UUID}", **values)
    return lambda business: business.office.jobs.CompleteJob(request)


def _device(**particular: Any) -> Call:
    return lambda business: business.technician.app.tracking.RegisterDevice(
        registering_device(**particular)
    )


def _fix(**particular: Any) -> Call:
    return _batch(fixes=[a_sent_fix(**particular)])


def _batch(**particular: Any) -> Call:
    values = {"device": f"devices/{UUID}", "install_epoch": EPOCH, "fixes": [a_sent_fix()]}
    request = locations_pb2.StreamLocationsRequest(
        batch=location_pb2.LocationBatch(**{**values, **particular})
    )

    async def sent() -> AsyncIterator[locations_pb2.StreamLocationsRequest]:
        yield request

    return lambda business: business.technician.app.tracking.StreamLocations(sent()).read()


def _report(**particular: Any) -> Call:
    values = {"device": f"devices/{UUID}", "install_epoch": EPOCH, "fixes": [a_sent_fix()]}
    request = locations_pb2.ReportLocationsRequest(
        batch=location_pb2.LocationBatch(**{**values, **particular})
    )
    return lambda business: business.technician.app.tracking.ReportLocations(request)


def _send(**values: Any) -> Call:
    request = messages_pb2.SendMessageRequest(**{"customer": f"customers/{UUID}", **values})
    return lambda business: business.office.messaging.SendMessage(request)


def _template(*parameters: str, name: str = "job_completed_invoice") -> Call:
    template = messages_pb2.SendMessageRequest.Template(name=name, parameters=parameters)
    return _send(template=template)


def _hub(**values: Any) -> Call:
    asked = {"mode": "subscribe", "verify_token": "x", "challenge": "1", **values}
    request = webhooks_pb2.VerifyWhatsAppRequest(
        hub=webhooks_pb2.VerifyWhatsAppRequest.Hub(**asked)
    )
    return lambda business: business.office.webhooks.VerifyWhatsApp(request)


NAMES = [
    BadInput(
        "a name that is none",
        lambda business: business.office.jobs.GetJob(jobs_pb2.GetJobRequest(name="jobs/1")),
        ("name",),
    ),
    BadInput(
        "a name of something else",
        lambda business: business.office.jobs.GetJob(
            jobs_pb2.GetJobRequest(name=f"customers/{UUID}")
        ),
        ("name",),
    ),
    BadInput(
        "a name in capitals",
        lambda business: business.office.jobs.GetJob(
            jobs_pb2.GetJobRequest(name=f"jobs/{UUID[:-1]}A")
        ),
        ("name",),
    ),
    BadInput(
        "a name whose id is no UUID",
        lambda business: business.office.jobs.GetJob(
            jobs_pb2.GetJobRequest(name=f"jobs/{NOT_A_UUID}")
        ),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a member's name whose id is no UUID",
        lambda business: business.office.directory.GetMember(
            directory_pb2.GetMemberRequest(name=f"members/{NOT_A_UUID}")
        ),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "an organisation's name whose id is no UUID",
        lambda business: business.office.directory.GetOrganization(
            directory_pb2.GetOrganizationRequest(name=f"organizations/{NOT_A_UUID}")
        ),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "an invoice's name that is none",
        lambda business: business.office.invoicing.GetInvoice(
            invoices_pb2.GetInvoiceRequest(name="invoices/1")
        ),
        ("name",),
    ),
    BadInput(
        "a task's name that is none",
        lambda business: business.owner.app.queues.GetTask(
            queues_pb2.GetTaskRequest(name="tasks/1")
        ),
        ("name",),
    ),
    BadInput("a parent that is none", _list_jobs(parent="orgs/1"), ("parent",)),
    BadInput(
        "a parent whose id is no UUID",
        _list_jobs(parent=f"organizations/{NOT_A_UUID}"),
        ("parent",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput("a customer of a new job that is none", _job(customer="Ana"), ("job.customer",)),
    BadInput(
        "a customer of a new job whose id is no UUID",
        _job(customer=f"customers/{NOT_A_UUID}"),
        ("job.customer",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a technician to assign whose id is no UUID",
        lambda business: business.office.jobs.AssignJob(
            jobs_pb2.AssignJobRequest(name=f"jobs/{UUID}", technician=f"members/{NOT_A_UUID}")
        ),
        ("technician",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a job to invoice that is none",
        lambda business: business.office.invoicing.CreateInvoice(
            invoices_pb2.CreateInvoiceRequest(job="jobs/1")
        ),
        ("job",),
    ),
    BadInput(
        "no job to invoice",
        lambda business: business.office.invoicing.CreateInvoice(
            invoices_pb2.CreateInvoiceRequest()
        ),
        ("job",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "an invoice to watch that is none",
        lambda business: business.office.invoicing.WatchInvoice(
            invoices_pb2.WatchInvoiceRequest(name="invoices/1")
        ).read(),
        ("name",),
    ),
    BadInput("a technician to filter by that is none", _list_jobs(technician="x"), ("technician",)),
    BadInput(
        "a job to filter messages by that is none",
        lambda business: business.office.messaging.ListMessages(
            messages_pb2.ListMessagesRequest(job="jobs/1")
        ),
        ("job",),
    ),
    BadInput(
        "a technician to watch whose id is no UUID",
        lambda business: business.office.tracking.WatchLocations(
            locations_pb2.WatchLocationsRequest(
                technicians=[business.technician.name, f"members/{NOT_A_UUID}"]
            )
        ).read(),
        ("technicians[1]",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput("a device that is none", _batch(device="devices/1"), ("batch.device",)),
    BadInput("a report of a device that is none", _report(device="devices/1"), ("batch.device",)),
    BadInput("a report without fixes", _report(fixes=[]), ("batch.fixes",), "FIELD_REQUIRED"),
    BadInput("a report of no device", _report(device=""), ("batch.device",), "DEVICE_MISSING"),
    BadInput(
        "a report at latitude 200",
        _report(fixes=[a_sent_fix(latitude=200)]),
        ("batch.fixes[0].latitude",),
    ),
    BadInput(
        "a technician to list whose id is no UUID",
        lambda business: business.office.tracking.ListLatestLocations(
            locations_pb2.ListLatestLocationsRequest(technicians=[f"members/{NOT_A_UUID}"])
        ),
        ("technicians[0]",),
        "RESOURCE_NAME_MALFORMED",
    ),
]

FISCAL = [
    BadInput(
        "a CUIT with a wrong check digit",
        _profile(cuit=WRONG_CUIT),
        ("organization.fiscal_profile.cuit",),
        "INVALID_CUIT",
    ),
    BadInput(
        "a CUIT of ten digits", _profile(cuit="2012345678"), ("organization.fiscal_profile.cuit",)
    ),
    BadInput(
        "a customer's CUIT with a wrong check digit",
        _customer(document=a_document(WRONG_CUIT)),
        ("customer.document.number",),
        "INVALID_CUIT",
    ),
    BadInput(
        "a customer's CUIL with a wrong check digit",
        _customer(document=a_document(WRONG_CUIT, fiscal_pb2.IdentityDocument.TYPE_CUIL)),
        ("customer.document.number",),
        "INVALID_CUIT",
    ),
    BadInput(
        "a DNI of five digits",
        _customer(document=a_document("12345", fiscal_pb2.IdentityDocument.TYPE_DNI)),
        ("customer.document.number",),
    ),
    BadInput(
        "a customer of letter A without a CUIT",
        _customer(condicion_iva_receptor=fiscal_pb2.CONDICION_IVA_RECEPTOR_RESPONSABLE_INSCRIPTO),
        ("customer.document",),
        "CUIT_REQUIRED",
    ),
    BadInput(
        "a condition towards VAT that ARCA does not have",
        _customer(condicion_iva_receptor=2),
        ("customer.condicion_iva_receptor",),
    ),
    BadInput(
        "a point of sale 0",
        _profile(punto_de_venta=0),
        ("organization.fiscal_profile.punto_de_venta",),
    ),
    BadInput(
        "a beginning on a day that does not exist",
        _profile(activity_start_date=date_pb2.Date(year=2019, month=2, day=30)),
        ("organization.fiscal_profile.activity_start_date",),
    ),
    BadInput(
        "a beginning without a day",
        _profile(activity_start_date=date_pb2.Date(year=2019)),
        ("organization.fiscal_profile.activity_start_date",),
    ),
]

PLACES = [
    BadInput(
        "a job at latitude 200",
        _job(service_address=a_place(latitude=200)),
        ("job.service_address.location.latitude",),
    ),
    BadInput(
        "a job at longitude -181",
        _job(service_address=a_place(longitude=-181)),
        ("job.service_address.location.longitude",),
    ),
    BadInput(
        "a job at no number",
        _job(service_address=a_place(latitude=NAN)),
        ("job.service_address.location.latitude",),
    ),
    BadInput(
        "a customer at latitude 200",
        _customer(address=a_place(latitude=200)),
        ("customer.address.location.latitude",),
    ),
    BadInput(
        "a business at latitude -200",
        _profile(trade_address=a_place(latitude=-200)),
        ("organization.fiscal_profile.trade_address.location.latitude",),
    ),
    BadInput("a fix at latitude 200", _fix(latitude=200), ("batch.fixes[0].latitude",)),
    BadInput("a fix at longitude 180.1", _fix(longitude=180.1), ("batch.fixes[0].longitude",)),
    BadInput("a fix at no number", _fix(longitude=NAN), ("batch.fixes[0].longitude",)),
    BadInput(
        "a fix within infinity",
        _fix(accuracy_meters=INFINITY),
        ("batch.fixes[0].accuracy_meters",),
    ),
    BadInput("a fix without a number", _fix(seq=0), ("batch.fixes[0].seq",)),
    BadInput(
        "a fix with a number beyond all",
        _batch(fixes=[a_sent_fix(), a_sent_fix(recorded_at=a_moment(), seq=2**40)]),
        ("batch.fixes[1].seq",),
    ),
    BadInput(
        "a fix without a time",
        _fix(recorded_at=None),
        ("batch.fixes[0].recorded_at",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a fix on 101 percent of battery",
        _fix(battery_percent=101),
        ("batch.fixes[0].battery_percent",),
    ),
    BadInput("no fixes at all", _batch(fixes=[]), ("batch.fixes",), "FIELD_REQUIRED"),
    BadInput("501 fixes", _batch(fixes=[a_sent_fix()] * 501), ("batch.fixes",)),
    BadInput("a first batch of no device", _batch(device=""), ("batch.device",), "DEVICE_MISSING"),
    BadInput(
        "a first batch of no numbering",
        _batch(install_epoch=0),
        ("batch.install_epoch",),
        "DEVICE_MISSING",
    ),
    BadInput("an installation that is no UUID", _device(installation_id="1"), ("installation_id",)),
    BadInput("a numbering before all time", _device(install_epoch=-1), ("install_epoch",)),
]

LISTS = [
    BadInput("a page of -1", _list_jobs(page_size=-1), ("page_size",)),
    BadInput(
        "a page token that nobody gave",
        _list_jobs(page_token="made-up"),  # noqa: S106  # no secret
        ("page_token",),
        "PAGE_TOKEN_INVALID",
    ),
    BadInput("a page token without end", _list_jobs(page_token=TOO_LONG), ("page_token",)),
    BadInput("a time that is none", _list_jobs(since="yesterday"), ("since",)),
    BadInput("a time without a zone", _list_jobs(since="2026-03-01T12:00:00"), ("since",)),
    BadInput(
        "a day that does not exist", _list_jobs(since="2026-02-30"), ("since",), "TIME_MALFORMED"
    ),
    BadInput(
        "an hour that does not exist",
        _list_jobs(until="2026-03-01T25:00:00Z"),
        ("until",),
        "TIME_MALFORMED",
    ),
    BadInput(
        "the day after the last", _list_jobs(until="9999-12-31"), ("until",), "TIME_MALFORMED"
    ),
    BadInput("a state that does not exist", _list_jobs(states=[99]), ("states[0]",)),
    BadInput("a state that no job is in", _list_jobs(states=[0]), ("states[0]",)),
    BadInput("the same state twice", _list_jobs(states=[1, 1]), ("states",)),
    BadInput(
        "a type of tasks that is none",
        lambda business: business.owner.app.queues.ListTasks(
            queues_pb2.ListTasksRequest(type="everything")
        ),
        ("type",),
    ),
    BadInput(
        "a state of invoices that does not exist",
        lambda business: business.office.invoicing.ListInvoices(
            invoices_pb2.ListInvoicesRequest(
                fiscal_states=[77]  # type: ignore[list-item]  # on purpose
            )
        ),
        ("fiscal_states[0]",),
    ),
    BadInput(
        "a cursor before all events",
        lambda business: business.office.jobs.WatchJobs(
            jobs_pb2.WatchJobsRequest(after_cursor=-1)
        ).read(),
        ("after_cursor",),
    ),
]

JOBS = [
    BadInput(
        "no job at all",
        lambda business: business.office.jobs.CreateJob(jobs_pb2.CreateJobRequest()),
        ("job",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a job of which nothing is said",
        lambda business: business.office.jobs.CreateJob(jobs_pb2.CreateJobRequest(job=Job())),
        ("job.customer", "job.description", "job.service_address", "job.price"),
        "FIELD_REQUIRED",
    ),
    BadInput("an empty description", _job(description=""), ("job.description",), "FIELD_REQUIRED"),
    BadInput("a description without end", _job(description=TOO_LONG), ("job.description",)),
    BadInput(
        "a description that no database holds",
        _job(description="Sin\0agua"),
        ("job.description",),
    ),
    BadInput("a negative price", _job(price=pesos(-1)), ("job.price",)),
    BadInput("a price of nothing", _job(price=pesos(0)), ("job.price",)),
    BadInput("a price in dollars", _job(price=pesos(currency_code="USD")), ("job.price",)),
    BadInput("a price beyond all money", _job(price=pesos(10**15)), ("job.price",)),
    BadInput(
        "a schedule that ends before it begins",
        _job(scheduled_start_time=a_moment(timedelta(hours=2)), scheduled_end_time=a_moment()),
        ("job.scheduled_end_time",),
    ),
    BadInput(
        "a schedule that ends without beginning",
        _job(scheduled_start_time=None),
        ("job.scheduled_end_time",),
    ),
    BadInput(
        "a schedule at a moment that does not exist",
        _job(scheduled_start_time=Timestamp(seconds=10**12), scheduled_end_time=None),
        ("job.scheduled_start_time",),
    ),
    BadInput(
        "a postal code that is none",
        _job(service_address=a_place(postal_code="12")),
        ("job.service_address.postal_code",),
    ),
    BadInput("a request id that is no UUID", _job(request_id="1"), ("request_id",)),
    BadInput(
        "a negative final price",
        _complete(work_summary="Listo.", final_price=pesos(-1)),
        ("final_price",),
    ),
    BadInput("work of which nothing is said", _complete(), ("work_summary",), "FIELD_REQUIRED"),
    BadInput("a change of a job that has no name", _update(name=""), ("job.name",)),
    BadInput("a change of a job that is none", _update(name="jobs/1"), ("job.name",)),
    BadInput(
        "a change of a job whose id is no UUID",
        _update(name=f"jobs/{NOT_A_UUID}"),
        ("job.name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a change of what a job does not have",
        _update("colour", description="Roja"),
        ("update_mask",),
        "UPDATE_MASK_INVALID",
    ),
    BadInput(
        "a change of a part of an address",
        _update("service_address.locality", service_address=a_place()),
        ("update_mask",),
        "UPDATE_MASK_INVALID",
    ),
    BadInput(
        "a mask without end",
        _update(*["description"] * 51, description="Otra cosa"),
        ("update_mask",),
    ),
    BadInput(
        "a change of a description to nothing",
        _update("description"),
        ("job.description",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a change of everything to nothing",
        _update("*"),
        ("job.customer", "job.description", "job.service_address", "job.price"),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a change to an address without a place",
        _update(service_address=Address(street_address="Av. Corrientes 1234")),
        ("job.service_address.locality", "job.service_address.province"),
        "FIELD_REQUIRED",
    ),
    BadInput("a change to a negative price", _update(price=pesos(-1)), ("job.price",)),
    BadInput(
        "a change to a description without end",
        _update(description=TOO_LONG),
        ("job.description",),
    ),
    BadInput(
        "a job to take back that is none",
        lambda business: business.office.jobs.UnassignJob(
            jobs_pb2.UnassignJobRequest(name="jobs/1")
        ),
        ("name",),
    ),
    BadInput(
        "a line of which nothing is said",
        _job(price_lines=[PriceLine()]),
        ("job.price_lines[0].description", "job.price_lines[0].unit_price"),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a line of nothing",
        _job(price_lines=[a_line(), a_line(quantity_thousandths=0)]),
        ("job.price_lines[1].quantity_thousandths",),
    ),
    BadInput(
        "a line of more than all",
        _job(price_lines=[a_line(quantity_thousandths=2**40)]),
        ("job.price_lines[0].quantity_thousandths",),
    ),
    BadInput(
        "a line at a negative price",
        _job(price_lines=[a_line(unit_price=pesos(-1))]),
        ("job.price_lines[0].unit_price",),
    ),
    BadInput(
        "a line in dollars",
        _job(price_lines=[a_line(unit_price=pesos(currency_code="USD"))]),
        ("job.price_lines[0].unit_price",),
    ),
    BadInput(
        "a line at a rate that does not exist",
        _job(price_lines=[a_line(vat_rate=7)]),
        ("job.price_lines[0].vat_rate",),
    ),
    BadInput("51 lines", _job(price_lines=[a_line()] * 51), ("job.price_lines",)),
    BadInput(
        "lines that come to more than all money",
        _job(price_lines=[a_line(unit_price=pesos(10**15 - 1))] * 2),
        ("job.price_lines",),
    ),
    BadInput(
        "lines that come to nothing",
        _job(price_lines=[a_line(unit_price=pesos(0))]),
        ("job.price_lines",),
    ),
    BadInput(
        "a price that is not what its lines come to",
        _job(price=pesos(1), price_lines=[a_line()]),
        ("job.price",),
        "PRICE_NOT_OF_LINES",
    ),
    BadInput(
        "51 final lines",
        _complete(work_summary="Listo.", final_price_lines=[a_line()] * 51),
        ("final_price_lines",),
    ),
    BadInput("a note that says nothing", _note(), ("text",), "FIELD_REQUIRED"),
    BadInput(
        "a proof of which nothing is said",
        lambda business: business.office.jobs.CreateJobProofUpload(
            jobs_pb2.CreateJobProofUploadRequest(parent=f"jobs/{UUID}")
        ),
        ("kind", "content_type", "sha256"),
        "FIELD_REQUIRED",
    ),
    BadInput("a proof of a job that is none", _proof(parent="jobs/1"), ("parent",)),
    BadInput(
        "a proof of a job whose id is no UUID",
        _proof(parent=f"jobs/{NOT_A_UUID}"),
        ("parent",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput("a proof of a kind that does not exist", _proof(kind=9), ("kind",)),
    BadInput(
        "a proof that a browser would run", _proof(content_type="text/html"), ("content_type",)
    ),
    BadInput("a proof of 10 MiB and a byte", _proof(size_bytes=10 * 2**20 + 1), ("size_bytes",)),
    BadInput("a proof of nothing", _proof(size_bytes=0), ("size_bytes",)),
    BadInput("a proof whose SHA-256 is in capitals", _proof(sha256="A" * 64), ("sha256",)),
    BadInput("a proof to confirm that is none", _confirm(f"jobs/{UUID}"), ("name",)),
    BadInput(
        "a proof to confirm whose id is no UUID",
        _confirm(f"jobs/{UUID}/proofs/{NOT_A_UUID}"),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "a page of proofs of less than nothing",
        lambda business: business.office.jobs.ListJobProofs(
            jobs_pb2.ListJobProofsRequest(parent=f"jobs/{UUID}", page_size=-1)
        ),
        ("page_size",),
    ),
    BadInput("a note without end", _note(text=TOO_LONG), ("text",)),
    BadInput("a note that no database holds", _note(text="Sin\0agua"), ("text",)),
    BadInput("no reason to pause", _pause(), ("reason",), "FIELD_REQUIRED"),
    BadInput("a reason to pause that does not exist", _pause(reason=99), ("reason",)),
    BadInput(
        "another reason to pause without a note",
        _pause(reason=Job.PAUSE_REASON_OTHER),
        ("note",),
    ),
    BadInput(
        "a note on a pause without end",
        _pause(reason=Job.PAUSE_REASON_BREAK, note=TOO_LONG),
        ("note",),
    ),
    BadInput(
        "a job to resume that is none",
        lambda business: business.technician.app.jobs.ResumeJob(
            jobs_pb2.ResumeJobRequest(name="jobs/1")
        ),
        ("name",),
    ),
    BadInput("no reason to cancel", _cancel(), ("reason",), "FIELD_REQUIRED"),
    BadInput("a reason that does not exist", _cancel(reason=99), ("reason",)),
    BadInput(
        "another reason without a note",
        _cancel(reason=Job.CANCEL_REASON_OTHER),
        ("note",),
    ),
]

PEOPLE = [
    BadInput(
        "changes of no customer",
        _update_customer(name="Ana"),
        ("customer.name",),
    ),
    BadInput(
        "a customer whose name is taken away",
        _update_customer("display_name"),
        ("customer.display_name",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a part of a customer's field",
        _update_customer("address.locality"),
        ("update_mask",),
        "UPDATE_MASK_INVALID",
    ),
    BadInput(
        "a change to a phone number that is none",
        _update_customer(phone_number="15-5555"),
        ("customer.phone_number",),
    ),
    BadInput(
        "a change to a wrong CUIT",
        _update_customer(document=a_document(WRONG_CUIT)),
        ("customer.document.number",),
        "INVALID_CUIT",
    ),
    BadInput("changes of no member", _update_member(name="members/1"), ("member.name",)),
    BadInput(
        "a member left without roles", _update_member("roles"), ("member.roles",), "FIELD_REQUIRED"
    ),
    BadInput("a change to a role that is none", _update_member(roles=[99]), ("member.roles[0]",)),
    BadInput(
        "changes of no organisation",
        _update_organization(display_name="Otra"),
        ("organization.name",),
    ),
    BadInput(
        "changes of an organisation whose id is no UUID",
        _update_organization(name=f"organizations/{NOT_A_UUID}", display_name="Otra"),
        ("organization.name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput("the end of nobody", _end_member(), ("name",), "FIELD_REQUIRED"),
    BadInput(
        "the end of a member whose id is no UUID",
        _end_member(name=f"members/{NOT_A_UUID}"),
        ("name",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput(
        "the return of nobody",
        lambda business: business.owner.app.directory.ReactivateMember(
            directory_pb2.ReactivateMemberRequest(name="Juana")
        ),
        ("name",),
    ),
    BadInput(
        "members of no role",
        lambda business: business.office.directory.ListMembers(
            directory_pb2.ListMembersRequest(roles=[Member.ROLE_UNSPECIFIED])
        ),
        ("roles[0]",),
    ),
    BadInput(
        "a search without end",
        lambda business: business.office.directory.ListCustomers(
            directory_pb2.ListCustomersRequest(query="x" * 101)
        ),
        ("query",),
    ),
    BadInput(
        "a member without a role",
        lambda business: business.owner.app.directory.CreateMember(
            directory_pb2.CreateMemberRequest(member=Member(display_name="Juana"))
        ),
        ("member.roles",),
        "FIELD_REQUIRED",
    ),
    BadInput("a role that does not exist", _member(99), ("member.roles[0]",)),
    BadInput("the same role twice", _member(1, 1), ("member.roles",)),
    BadInput("an e-mail that is none", _member(email="juana at home"), ("member.email",)),
    BadInput(
        "a phone number that is none", _customer(phone_number="15-5555"), ("customer.phone_number",)
    ),
    BadInput(
        "a customer without a name",
        _customer(display_name=""),
        ("customer.display_name",),
        "FIELD_REQUIRED",
    ),
    BadInput(
        "a kind of document that does not exist",
        _customer(document=a_document("12345678", 42)),  # type: ignore[arg-type]  # on purpose
        ("customer.document.type",),
    ),
    BadInput(
        "a WhatsApp number with letters",
        _organization(whatsapp_phone_number_id="fifteen"),
        ("organization.whatsapp_phone_number_id",),
    ),
    BadInput(
        "a kind of phone that does not exist",
        _device(platform=42),
        ("platform",),
    ),
    BadInput(
        "a phone of no kind",
        _device(platform=device_pb2.Device.PLATFORM_UNSPECIFIED),
        ("platform",),
        "FIELD_REQUIRED",
    ),
]

MESSAGES = [
    BadInput("a message that says nothing", _send(), ("text",)),
    BadInput("a message of an empty text", _send(text=""), ("text",)),
    BadInput("a message without end", _send(text="x" * 4097), ("text",)),
    BadInput(
        "a message to nobody", _send(customer="", text="Hola"), ("customer",), "FIELD_REQUIRED"
    ),
    BadInput("a message to no customer", _send(customer="Ana", text="Hola"), ("customer",)),
    BadInput(
        "a message to a customer whose id is no UUID",
        _send(customer=f"customers/{NOT_A_UUID}", text="Hola"),
        ("customer",),
        "RESOURCE_NAME_MALFORMED",
    ),
    BadInput("a message about no job", _send(job="jobs/1", text="Hola"), ("job",)),
    BadInput("a template without a name", _template(name=""), ("template.name",), "FIELD_REQUIRED"),
    BadInput("a blank filled with lines", _template("a\nb"), ("template.parameters[0]",)),
    BadInput("a blank filled with nothing", _template(""), ("template.parameters[0]",)),
    BadInput("more blanks than any template has", _template(*"x" * 21), ("template.parameters",)),
    BadInput("a message under no UUID", _send(text="Hola", request_id="1"), ("request_id",)),
    BadInput(
        "fewer conversations than none",
        lambda business: business.office.messaging.ListConversations(
            messages_pb2.ListConversationsRequest(page_size=-1)
        ),
        ("page_size",),
    ),
    BadInput("no challenge", _hub(challenge=""), ("hub.challenge",), "FIELD_REQUIRED"),
    BadInput("a challenge without end", _hub(challenge="x" * 501), ("hub.challenge",)),
    BadInput(
        "no body at all",
        lambda business: business.office.webhooks.ReceiveWhatsApp(
            webhooks_pb2.ReceiveWhatsAppRequest()
        ),
        ("body",),
        "FIELD_REQUIRED",
    ),
]

BAD_INPUTS = (*NAMES, *FISCAL, *PLACES, *LISTS, *JOBS, *PEOPLE, *MESSAGES)
