"""What somebody of one organisation may try to reach another's things with, method by method."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import grpc
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message

from campotech.directory.v1 import api_keys_pb2, connections_pb2, directory_pb2
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech.health.v1 import health_pb2
from campotech.invoicing.v1 import invoices_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from campotech.messaging.v1 import messages_pb2
from campotech.operations.v1 import queues_pb2
from campotech.tracking.v1 import locations_pb2
from campotech.webhooks.v1 import webhooks_pb2
from tests.support.businesses import Business, short
from tests.support.connecting import connecting_whatsapp, creating_api_key
from tests.support.proofs import announcing
from tests.support.requests import (
    creating_customer,
    creating_job,
    creating_member,
    creating_organization,
    registering_device,
    sending_fixes,
)
from tests.support.whatsapp_deliveries import a_delivery, an_inbound_text

OK = grpc.StatusCode.OK
NOT_FOUND = grpc.StatusCode.NOT_FOUND
INVALID = grpc.StatusCode.INVALID_ARGUMENT
TAKEN = grpc.StatusCode.ALREADY_EXISTS
DENIED = grpc.StatusCode.PERMISSION_DENIED
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request, and how it must end; OK is an answer that holds nothing of the others'."""

    request: Message
    code: grpc.StatusCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Possessions:
    """What one business has, by long names."""

    business: Business
    jobs: Mapping["Job.State.ValueType", str]
    invoice: str
    invoiced_job: str
    proven_job: str
    proof_upload: str
    """A proof of that job which waits for its confirmation."""
    task: str
    dead_task: str
    api_key: str
    device: str
    installation_id: str
    whatsapp_phone_number_id: str
    customer_name: str
    """A name that a customer of theirs has, and none of anybody else's."""
    request_id: str
    page_tokens: Mapping[str, str]
    """By method; each continues a list of the business's own."""

    @property
    def organization(self) -> str:
        return self.business.name

    @property
    def customer(self) -> str:
        return self.business.customer

    @property
    def member(self) -> str:
        return self.business.technician.name

    @property
    def job(self) -> str:
        return self.jobs[Job.STATE_PENDING]


@dataclass(frozen=True, slots=True)
class Intruder:
    """Another business, and a job of its own."""

    business: Business
    job: str


def _named(possessor: Possessions | Intruder, singleton: str) -> str:
    return f"{possessor.business.name}/{singleton}"


Attempts = Callable[[Possessions, Intruder], Iterator[Attempt]]


def _both(name: str) -> tuple[str, str]:
    return name, short(name)


def _create_api_key(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(creating_api_key(parent=theirs.organization), NOT_FOUND)
    yield Attempt(creating_api_key(request_id=theirs.request_id), OK)


def _list_api_keys(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = api_keys_pb2.ListApiKeysRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(page_token=theirs.page_tokens["ListApiKeys"]), INVALID)


def _revoke_api_key(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.api_key):
        yield Attempt(api_keys_pb2.RevokeApiKeyRequest(name=name), NOT_FOUND)


def _request_arca_certificate(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.RequestArcaCertificateRequest
    yield Attempt(request(name=_named(theirs, "arcaConnection"), alias="ajena"), NOT_FOUND)
    yield Attempt(request(name=_named(ours, "arcaConnection"), alias="propia"), OK)


def _connect_arca(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.ConnectArcaRequest
    yield Attempt(request(name=_named(theirs, "arcaConnection"), certificate="x"), NOT_FOUND)
    yield Attempt(request(name="arcaConnection", certificate="x", private_key="x"), INVALID)


def _get_arca_connection(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.GetArcaConnectionRequest
    yield Attempt(request(name=_named(theirs, "arcaConnection")), NOT_FOUND)
    yield Attempt(request(name="arcaConnection"), NOT_FOUND)


def _disconnect_arca(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.DisconnectArcaRequest
    yield Attempt(request(name=_named(theirs, "arcaConnection")), NOT_FOUND)
    yield Attempt(request(name="arcaConnection", request_id=theirs.request_id), OK)


def _connect_whatsapp(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    number = theirs.whatsapp_phone_number_id
    yield Attempt(connecting_whatsapp(name=_named(theirs, "whatsAppConnection")), NOT_FOUND)
    yield Attempt(connecting_whatsapp(phone_number_id=number), TAKEN)


def _get_whatsapp_connection(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.GetWhatsAppConnectionRequest
    yield Attempt(request(name=_named(theirs, "whatsAppConnection")), NOT_FOUND)
    yield Attempt(request(name="whatsAppConnection"), NOT_FOUND)


def _disconnect_whatsapp(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = connections_pb2.DisconnectWhatsAppRequest
    yield Attempt(request(name=_named(theirs, "whatsAppConnection")), NOT_FOUND)
    yield Attempt(request(name="whatsAppConnection", request_id=theirs.request_id), OK)


def _create_organization(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    number = theirs.whatsapp_phone_number_id
    yield Attempt(creating_organization(whatsapp_phone_number_id=number), DENIED)


def _get_organization(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(directory_pb2.GetOrganizationRequest(name=theirs.organization), NOT_FOUND)


def _update_organization(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    request = directory_pb2.UpdateOrganizationRequest
    renamed = Organization(name=theirs.organization, display_name="Otra")
    yield Attempt(request(organization=renamed, etag="1"), NOT_FOUND)
    taken = Organization(
        name=ours.business.name, whatsapp_phone_number_id=theirs.whatsapp_phone_number_id
    )
    yield Attempt(request(organization=taken, etag="1"), DENIED)


def _update_member(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.member):
        member = Member(name=name, display_name="Otra")
        yield Attempt(directory_pb2.UpdateMemberRequest(member=member, etag="1"), NOT_FOUND)


def _end_member(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.member):
        yield Attempt(directory_pb2.EndMemberRequest(name=name), NOT_FOUND)


def _reactivate_member(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.member):
        yield Attempt(directory_pb2.ReactivateMemberRequest(name=name), NOT_FOUND)


def _update_customer(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.customer):
        customer = Customer(name=name, display_name="Otra")
        yield Attempt(directory_pb2.UpdateCustomerRequest(customer=customer, etag="1"), NOT_FOUND)


def _create_member(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(creating_member(parent=theirs.organization), NOT_FOUND)
    yield Attempt(creating_member(request_id=theirs.request_id), OK)


def _get_member(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.member):
        yield Attempt(directory_pb2.GetMemberRequest(name=name), NOT_FOUND)


def _list_members(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    token = theirs.page_tokens["ListMembers"]
    yield Attempt(directory_pb2.ListMembersRequest(), OK)
    yield Attempt(directory_pb2.ListMembersRequest(parent=theirs.organization), NOT_FOUND)
    yield Attempt(directory_pb2.ListMembersRequest(page_token=token), INVALID)


def _create_customer(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(creating_customer(parent=theirs.organization), NOT_FOUND)
    yield Attempt(creating_customer(request_id=theirs.request_id), OK)


def _get_customer(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.customer):
        yield Attempt(directory_pb2.GetCustomerRequest(name=name), NOT_FOUND)


def _list_customers(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    token = theirs.page_tokens["ListCustomers"]
    yield Attempt(directory_pb2.ListCustomersRequest(), OK)
    yield Attempt(directory_pb2.ListCustomersRequest(parent=theirs.organization), NOT_FOUND)
    yield Attempt(directory_pb2.ListCustomersRequest(query=theirs.customer_name), OK)
    yield Attempt(directory_pb2.ListCustomersRequest(page_token=token), INVALID)


def _get_system_health(_theirs: Possessions, _ours: Intruder) -> Iterator[Attempt]:
    yield Attempt(health_pb2.GetSystemHealthRequest(), OK)


def _watch_system_health(_theirs: Possessions, _ours: Intruder) -> Iterator[Attempt]:
    yield Attempt(health_pb2.WatchSystemHealthRequest(), OK)


def _get_invoice(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.invoice):
        yield Attempt(invoices_pb2.GetInvoiceRequest(name=name), NOT_FOUND)


def _create_invoice(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = invoices_pb2.CreateInvoiceRequest
    for job in _both(theirs.invoiced_job):
        yield Attempt(request(job=job), NOT_FOUND)
    yield Attempt(request(parent=theirs.organization, job=theirs.invoiced_job), NOT_FOUND)


def _watch_invoice(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.invoice):
        yield Attempt(invoices_pb2.WatchInvoiceRequest(name=name), NOT_FOUND)


def _list_invoices(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = invoices_pb2.ListInvoicesRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(job=theirs.invoiced_job), NOT_FOUND)
    yield Attempt(request(job=short(theirs.invoiced_job)), OK)
    yield Attempt(request(page_token=theirs.page_tokens["ListInvoices"]), INVALID)


def _create_job(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    own_customer = ours.business.customer
    yield Attempt(creating_job(own_customer, parent=theirs.organization), NOT_FOUND)
    yield Attempt(creating_job(own_customer, request_id=theirs.request_id), OK)
    for customer in _both(theirs.customer):
        yield Attempt(creating_job(customer), NOT_FOUND)


def _get_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.job):
        yield Attempt(jobs_pb2.GetJobRequest(name=name), NOT_FOUND)


def _list_jobs(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = jobs_pb2.ListJobsRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(technician=theirs.member), NOT_FOUND)
    yield Attempt(request(technician=short(theirs.member)), OK)
    yield Attempt(request(customer=theirs.customer), NOT_FOUND)
    yield Attempt(request(customer=short(theirs.customer)), OK)
    yield Attempt(request(page_token=theirs.page_tokens["ListJobs"]), INVALID)


def _update_job(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.job):
        job = Job(name=name, description="Otra cosa")
        yield Attempt(jobs_pb2.UpdateJobRequest(job=job, etag="1"), NOT_FOUND)
    taken = Job(name=ours.job, customer=theirs.customer)
    yield Attempt(jobs_pb2.UpdateJobRequest(job=taken, etag="1"), NOT_FOUND)
    taken.customer = short(theirs.customer)
    yield Attempt(jobs_pb2.UpdateJobRequest(job=taken, etag="1"), INVALID)


def _assign_job(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    own_technician = ours.business.technician.name
    for name in _both(theirs.job):
        yield Attempt(
            jobs_pb2.AssignJobRequest(name=name, technician=short(own_technician)), NOT_FOUND
        )
        yield Attempt(
            jobs_pb2.AssignJobRequest(name=name, technician=short(theirs.member)), NOT_FOUND
        )
    for technician in _both(theirs.member):
        yield Attempt(jobs_pb2.AssignJobRequest(name=ours.job, technician=technician), NOT_FOUND)


def _unassign_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_ASSIGNED]):
        yield Attempt(jobs_pb2.UnassignJobRequest(name=name, etag="2"), NOT_FOUND)


def _start_travel(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_ASSIGNED]):
        yield Attempt(jobs_pb2.StartTravelRequest(name=name), NOT_FOUND)


def _arrive_at_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_EN_ROUTE]):
        yield Attempt(jobs_pb2.ArriveAtJobRequest(name=name), NOT_FOUND)


def _start_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_ARRIVED]):
        yield Attempt(jobs_pb2.StartJobRequest(name=name), NOT_FOUND)


def _pause_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    reason = Job.PAUSE_REASON_BREAK
    for name in _both(theirs.jobs[Job.STATE_IN_PROGRESS]):
        yield Attempt(jobs_pb2.PauseJobRequest(name=name, reason=reason), NOT_FOUND)


def _resume_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_PAUSED]):
        yield Attempt(jobs_pb2.ResumeJobRequest(name=name), NOT_FOUND)


def _complete_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.jobs[Job.STATE_IN_PROGRESS]):
        yield Attempt(jobs_pb2.CompleteJobRequest(name=name, work_summary="Listo."), NOT_FOUND)


def _add_job_note(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.job):
        yield Attempt(jobs_pb2.AddJobNoteRequest(name=name, text="Hola"), NOT_FOUND)


def _create_job_proof_upload(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    for job in _both(theirs.proven_job):
        yield Attempt(announcing(job), NOT_FOUND)
    yield Attempt(announcing(ours.job, request_id=theirs.request_id), OK)


def _confirm_job_proof(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    proof = theirs.proof_upload.rpartition("/")[2]
    for name in (*_both(theirs.proof_upload), f"{ours.job}/proofs/{proof}"):
        yield Attempt(jobs_pb2.ConfirmJobProofRequest(name=name), NOT_FOUND)


def _list_job_proofs(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    request, token = jobs_pb2.ListJobProofsRequest, theirs.page_tokens["ListJobProofs"]
    for job in _both(theirs.proven_job):
        yield Attempt(request(parent=job), NOT_FOUND)
    yield Attempt(request(parent=ours.job, page_token=token), INVALID)
    yield Attempt(request(parent=ours.job), OK)


def _cancel_job(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    reason = Job.CANCEL_REASON_DUPLICATE
    for name in _both(theirs.job):
        yield Attempt(jobs_pb2.CancelJobRequest(name=name, reason=reason), NOT_FOUND)


def _watch_jobs(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(jobs_pb2.WatchJobsRequest(after_cursor=0), OK)
    yield Attempt(jobs_pb2.WatchJobsRequest(parent=theirs.organization), NOT_FOUND)
    yield Attempt(jobs_pb2.WatchJobsRequest(parent=theirs.organization, after_cursor=0), NOT_FOUND)


def _list_messages(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = messages_pb2.ListMessagesRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(customer=theirs.customer), NOT_FOUND)
    yield Attempt(request(customer=short(theirs.customer)), OK)
    yield Attempt(request(job=theirs.invoiced_job), NOT_FOUND)
    yield Attempt(request(job=short(theirs.invoiced_job)), OK)
    yield Attempt(request(page_token=theirs.page_tokens["ListMessages"]), INVALID)


def _list_conversations(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = messages_pb2.ListConversationsRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(page_token=theirs.page_tokens["ListConversations"]), INVALID)


def _send_message(theirs: Possessions, ours: Intruder) -> Iterator[Attempt]:
    request = messages_pb2.SendMessageRequest
    own_customer = ours.business.customer
    for customer in _both(theirs.customer):
        yield Attempt(request(customer=customer, text="Hola"), NOT_FOUND)
    yield Attempt(
        request(parent=theirs.organization, customer=own_customer, text="Hola"), NOT_FOUND
    )
    for job in _both(theirs.job):
        yield Attempt(request(customer=own_customer, job=job, text="Hola"), NOT_FOUND)


def _get_task(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.task):
        yield Attempt(queues_pb2.GetTaskRequest(name=name), NOT_FOUND)


def _list_tasks(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = queues_pb2.ListTasksRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(page_token=theirs.page_tokens["ListTasks"]), INVALID)


def _cancel_task(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for name in _both(theirs.task):
        yield Attempt(queues_pb2.CancelTaskRequest(name=name), DENIED)


def _pause_queue(_theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(queues_pb2.PauseQueueRequest(queue="batch", reason="x"), DENIED)


def _resume_queue(_theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(queues_pb2.ResumeQueueRequest(queue="batch", reason="x"), DENIED)


def _get_queue_pauses(_theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(queues_pb2.GetQueuePausesRequest(), DENIED)


def _list_dead_tasks(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = queues_pb2.ListDeadTasksRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(page_token=theirs.page_tokens["ListDeadTasks"]), INVALID)


def _get_dead_task_summary(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = queues_pb2.GetDeadTaskSummaryRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)


def _retry_dead_tasks(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request, everything = queues_pb2.RetryDeadTasksRequest, queues_pb2.DeadTaskFilter()
    for name in _both(theirs.dead_task):
        yield Attempt(request(names=[name]), DENIED)
    yield Attempt(request(parent=theirs.organization, filter=everything), DENIED)


def _discard_dead_tasks(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request, everything = queues_pb2.DiscardDeadTasksRequest, queues_pb2.DeadTaskFilter()
    for name in _both(theirs.dead_task):
        yield Attempt(request(names=[name], reason="x"), DENIED)
    yield Attempt(request(parent=theirs.organization, filter=everything, reason="x"), DENIED)


def _get_queue_metrics(_: Possessions, __: Intruder) -> Iterator[Attempt]:
    yield Attempt(queues_pb2.GetQueueMetricsRequest(), DENIED)


def _register_device(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    yield Attempt(registering_device(parent=theirs.organization), NOT_FOUND)
    yield Attempt(registering_device(installation_id=theirs.installation_id), OK)
    yield Attempt(registering_device(request_id=theirs.request_id), OK)


def _stream_locations(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for device in _both(theirs.device):
        yield Attempt(sending_fixes(device, 7, 8), NOT_FOUND)


def _report_locations(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    for device in _both(theirs.device):
        batch = sending_fixes(device, 7, 8).batch
        yield Attempt(locations_pb2.ReportLocationsRequest(batch=batch), NOT_FOUND)


def _list_latest_locations(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = locations_pb2.ListLatestLocationsRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(technicians=[theirs.member]), NOT_FOUND)
    yield Attempt(request(technicians=[short(theirs.member)]), OK)


def _watch_locations(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    request = locations_pb2.WatchLocationsRequest
    yield Attempt(request(), OK)
    yield Attempt(request(parent=theirs.organization), NOT_FOUND)
    yield Attempt(request(technicians=[theirs.member]), NOT_FOUND)
    yield Attempt(request(technicians=[short(theirs.member)]), OK)


def _verify_whatsapp(_theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    hub = webhooks_pb2.VerifyWhatsAppRequest.Hub(
        mode="subscribe",
        verify_token="guessed",  # noqa: S106  # by nobody who knows it
        challenge="1158201444",
    )
    yield Attempt(webhooks_pb2.VerifyWhatsAppRequest(hub=hub), DENIED)


def _receive_whatsapp(theirs: Possessions, _: Intruder) -> Iterator[Attempt]:
    content = a_delivery(an_inbound_text("Soy otro"), number=theirs.whatsapp_phone_number_id)
    yield Attempt(webhooks_pb2.ReceiveWhatsAppRequest(body=HttpBody(data=content)), UNAUTHENTICATED)


ATTEMPTS: Mapping[str, Attempts] = {
    "campotech.directory.v1.ApiKeyService.CreateApiKey": _create_api_key,
    "campotech.directory.v1.ApiKeyService.ListApiKeys": _list_api_keys,
    "campotech.directory.v1.ApiKeyService.RevokeApiKey": _revoke_api_key,
    "campotech.directory.v1.ConnectionService.RequestArcaCertificate": _request_arca_certificate,
    "campotech.directory.v1.ConnectionService.ConnectArca": _connect_arca,
    "campotech.directory.v1.ConnectionService.GetArcaConnection": _get_arca_connection,
    "campotech.directory.v1.ConnectionService.DisconnectArca": _disconnect_arca,
    "campotech.directory.v1.ConnectionService.ConnectWhatsApp": _connect_whatsapp,
    "campotech.directory.v1.ConnectionService.GetWhatsAppConnection": _get_whatsapp_connection,
    "campotech.directory.v1.ConnectionService.DisconnectWhatsApp": _disconnect_whatsapp,
    "campotech.directory.v1.DirectoryService.CreateOrganization": _create_organization,
    "campotech.directory.v1.DirectoryService.GetOrganization": _get_organization,
    "campotech.directory.v1.DirectoryService.CreateMember": _create_member,
    "campotech.directory.v1.DirectoryService.GetMember": _get_member,
    "campotech.directory.v1.DirectoryService.ListMembers": _list_members,
    "campotech.directory.v1.DirectoryService.UpdateOrganization": _update_organization,
    "campotech.directory.v1.DirectoryService.UpdateMember": _update_member,
    "campotech.directory.v1.DirectoryService.EndMember": _end_member,
    "campotech.directory.v1.DirectoryService.ReactivateMember": _reactivate_member,
    "campotech.directory.v1.DirectoryService.UpdateCustomer": _update_customer,
    "campotech.directory.v1.DirectoryService.CreateCustomer": _create_customer,
    "campotech.directory.v1.DirectoryService.GetCustomer": _get_customer,
    "campotech.directory.v1.DirectoryService.ListCustomers": _list_customers,
    "campotech.health.v1.HealthService.GetSystemHealth": _get_system_health,
    "campotech.invoicing.v1.InvoicingService.CreateInvoice": _create_invoice,
    "campotech.invoicing.v1.InvoicingService.WatchInvoice": _watch_invoice,
    "campotech.health.v1.HealthService.WatchSystemHealth": _watch_system_health,
    "campotech.invoicing.v1.InvoicingService.GetInvoice": _get_invoice,
    "campotech.invoicing.v1.InvoicingService.ListInvoices": _list_invoices,
    "campotech.jobs.v1.JobService.CreateJob": _create_job,
    "campotech.jobs.v1.JobService.GetJob": _get_job,
    "campotech.jobs.v1.JobService.ListJobs": _list_jobs,
    "campotech.jobs.v1.JobService.UpdateJob": _update_job,
    "campotech.jobs.v1.JobService.AssignJob": _assign_job,
    "campotech.jobs.v1.JobService.UnassignJob": _unassign_job,
    "campotech.jobs.v1.JobService.StartTravel": _start_travel,
    "campotech.jobs.v1.JobService.ArriveAtJob": _arrive_at_job,
    "campotech.jobs.v1.JobService.StartJob": _start_job,
    "campotech.jobs.v1.JobService.PauseJob": _pause_job,
    "campotech.jobs.v1.JobService.ResumeJob": _resume_job,
    "campotech.jobs.v1.JobService.CompleteJob": _complete_job,
    "campotech.jobs.v1.JobService.AddJobNote": _add_job_note,
    "campotech.jobs.v1.JobService.CreateJobProofUpload": _create_job_proof_upload,
    "campotech.jobs.v1.JobService.ConfirmJobProof": _confirm_job_proof,
    "campotech.jobs.v1.JobService.ListJobProofs": _list_job_proofs,
    "campotech.jobs.v1.JobService.CancelJob": _cancel_job,
    "campotech.jobs.v1.JobService.WatchJobs": _watch_jobs,
    "campotech.messaging.v1.MessagingService.ListConversations": _list_conversations,
    "campotech.messaging.v1.MessagingService.ListMessages": _list_messages,
    "campotech.messaging.v1.MessagingService.SendMessage": _send_message,
    "campotech.operations.v1.QueueService.GetTask": _get_task,
    "campotech.operations.v1.QueueService.ListTasks": _list_tasks,
    "campotech.operations.v1.QueueService.CancelTask": _cancel_task,
    "campotech.operations.v1.QueueService.PauseQueue": _pause_queue,
    "campotech.operations.v1.QueueService.ResumeQueue": _resume_queue,
    "campotech.operations.v1.QueueService.GetQueuePauses": _get_queue_pauses,
    "campotech.operations.v1.QueueService.ListDeadTasks": _list_dead_tasks,
    "campotech.operations.v1.QueueService.GetDeadTaskSummary": _get_dead_task_summary,
    "campotech.operations.v1.QueueService.RetryDeadTasks": _retry_dead_tasks,
    "campotech.operations.v1.QueueService.DiscardDeadTasks": _discard_dead_tasks,
    "campotech.operations.v1.QueueService.GetQueueMetrics": _get_queue_metrics,
    "campotech.tracking.v1.TrackingService.RegisterDevice": _register_device,
    "campotech.tracking.v1.TrackingService.ListLatestLocations": _list_latest_locations,
    "campotech.tracking.v1.TrackingService.ReportLocations": _report_locations,
    "campotech.tracking.v1.TrackingService.StreamLocations": _stream_locations,
    "campotech.tracking.v1.TrackingService.WatchLocations": _watch_locations,
    "campotech.webhooks.v1.WebhookService.VerifyWhatsApp": _verify_whatsapp,
    "campotech.webhooks.v1.WebhookService.ReceiveWhatsApp": _receive_whatsapp,
}
"""By full name; a method that is missing here fails the test that goes over the contract."""
