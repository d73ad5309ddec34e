"""Nobody of one organisation reaches anything of another, by any method of the contract."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from campotech.directory.v1 import api_keys_pb2, directory_pb2
from campotech.invoicing.v1 import invoices_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from campotech.messaging.v1 import messages_pb2
from campotech.operations.v1 import queues_pb2
from domain.commands import Role
from tests.architecture.contract import methods
from tests.integration.rpc.attempts import ATTEMPTS, Intruder, Possessions
from tests.support.any_method import AnyMethod
from tests.support.businesses import Business, a_business, id_in
from tests.support.clocks import new_id
from tests.support.connecting import an_api_key_of, connect_everything
from tests.support.dead_work import a_dead_task
from tests.support.fix_stream import FixStream, LocationWatch
from tests.support.job_watch import JobWatch
from tests.support.platform_work import PlatformWork
from tests.support.proofs import announcing, proven, uploaded
from tests.support.refusals import refusal_in
from tests.support.requests import creating_customer, registering_device
from tests.support.rpc import Api, Caller
from tests.support.tenant_rows import Rows, TenantRows, tenant_rows

pytestmark = pytest.mark.asyncio(loop_scope="package")

UUID_PATTERN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MEMBER_ROLES = (Role.OWNER, Role.DISPATCHER, Role.TECHNICIAN)
OPEN_STATES = (
    Job.STATE_PENDING,
    Job.STATE_ASSIGNED,
    Job.STATE_EN_ROUTE,
    Job.STATE_ARRIVED,
    Job.STATE_IN_PROGRESS,
    Job.STATE_PAUSED,
)
FILLED_TABLES = {
    "api_keys",
    "arca_certificate_requests",
    "arca_connections",
    "audit_logs",
    "command_requests",
    "customer_search",
    "customers",
    "device_installs",
    "devices",
    "invoices",
    "job_proof_uploads",
    "jobs",
    "members",
    "organization_events",
    "organizations",
    "task_keys",
    "tasks",
    "technician_locations",
    "whatsapp_connections",
    "whatsapp_conversations",
    "whatsapp_messages",
    "whatsapp_numbers",
}
by_method = pytest.mark.parametrize("full_name", [method.full_name for method in methods()])


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def theirs(api: Api, platform_work: PlatformWork) -> Possessions:
    """Return a business that has one of everything, two where a list has pages."""
    number, request_id = str(new_id().int)[:15], str(uuid4())
    business = await a_business(api, whatsapp_phone_number_id=number)
    customer_name = f"Consorcio {number}"
    another = await business.office.directory.CreateCustomer(
        creating_customer(display_name=customer_name)
    )
    await business.job(request_id=request_id)
    invoiced = [await business.job_in(Job.STATE_COMPLETED) for _ in range(2)]
    invoices = [await platform_work.invoice(business, job) for job in invoiced]
    for job in invoiced:
        await platform_work.message(business, job=job)
    await platform_work.message(business, customer=another.customer.name)
    registration = registering_device()
    phone = await business.technician.app.tracking.RegisterDevice(registration)
    await FixStream(business.technician.app, phone.device.name).send(1, 2, 3)
    tasks = await business.owner.app.queues.ListTasks(queues_pb2.ListTasksRequest())
    dead_tasks = [await a_dead_task(business) for _ in range(2)]
    for _ in range(2):
        await proven(business, invoiced[0].name)
    offer = await business.office.jobs.CreateJobProofUpload(announcing(invoiced[0].name))
    await uploaded(business, offer)
    await connect_everything(business, number)
    api_keys = [await an_api_key_of(business) for _ in range(2)]
    return Possessions(
        business=business,
        jobs={state: (await business.job_in(state)).name for state in OPEN_STATES},
        invoice=f"{business.name}/invoices/{invoices[0].id}",
        invoiced_job=invoiced[0].name,
        proven_job=invoiced[0].name,
        proof_upload=offer.proof,
        task=tasks.tasks[0].name,
        dead_task=dead_tasks[0].name,
        api_key=api_keys[0].api_key.name,
        device=phone.device.name,
        installation_id=registration.installation_id,
        whatsapp_phone_number_id=number,
        customer_name=customer_name,
        request_id=request_id,
        page_tokens=await _page_tokens(business, proven_job=invoiced[0].name),
    )


@pytest.fixture(scope="module")
def rows(api: Api) -> Iterator[TenantRows]:
    """Yield a look at everything that an organisation has in the database."""
    with tenant_rows(api.database) as reader:
        yield reader


@pytest_asyncio.fixture(loop_scope="package")
async def ours(business: Business) -> Intruder:
    """Return the business from which somebody tries."""
    return Intruder(business, (await business.job()).name)


@pytest_asyncio.fixture(loop_scope="package")
async def factotum(business: Business) -> Caller:
    """Return a member of it who may do whatever can be done there."""
    return (await business.hire(*MEMBER_ROLES)).app


@pytest_asyncio.fixture(loop_scope="package")
async def namesake(theirs: Possessions, business: Business) -> Caller:
    """Return somebody who calls for it and bears the id of a technician of the others."""
    subject = id_in(theirs.member)
    return business.api.caller(*MEMBER_ROLES, organization_id=business.id, subject=subject)


async def _page_tokens(business: Business, *, proven_job: str) -> Mapping[str, str]:
    app, size = business.owner.app, 1
    pages: dict[str, Any] = {
        "ListApiKeys": app.api_keys.ListApiKeys(api_keys_pb2.ListApiKeysRequest(page_size=size)),
        "ListCustomers": app.directory.ListCustomers(
            directory_pb2.ListCustomersRequest(page_size=size)
        ),
        "ListInvoices": app.invoicing.ListInvoices(
            invoices_pb2.ListInvoicesRequest(page_size=size)
        ),
        "ListJobs": app.jobs.ListJobs(jobs_pb2.ListJobsRequest(page_size=size)),
        "ListJobProofs": app.jobs.ListJobProofs(
            jobs_pb2.ListJobProofsRequest(parent=proven_job, page_size=size)
        ),
        "ListMembers": app.directory.ListMembers(directory_pb2.ListMembersRequest(page_size=size)),
        "ListMessages": app.messaging.ListMessages(
            messages_pb2.ListMessagesRequest(page_size=size)
        ),
        "ListConversations": app.messaging.ListConversations(
            messages_pb2.ListConversationsRequest(page_size=size)
        ),
        "ListDeadTasks": app.queues.ListDeadTasks(queues_pb2.ListDeadTasksRequest(page_size=size)),
        "ListTasks": app.queues.ListTasks(queues_pb2.ListTasksRequest(page_size=size)),
    }
    tokens = {method: (await page).next_page_token for method, page in pages.items()}
    assert all(tokens.values())
    return tokens


async def test_there_is_an_attempt_for_every_method_of_the_contract() -> None:
    assert set(ATTEMPTS) == {method.full_name for method in methods()}


async def test_there_is_something_to_reach(rows: TenantRows, theirs: Possessions) -> None:
    filled = {table for table, _ in rows.of(theirs.business.id)}

    assert filled >= FILLED_TABLES


@by_method
async def test_no_method_reaches_another_organisation(
    rows: TenantRows, theirs: Possessions, ours: Intruder, factotum: Caller, full_name: str
) -> None:
    before = rows.of(theirs.business.id)

    endings = [
        (attempt, await _ending(factotum, full_name, attempt.request))
        for attempt in ATTEMPTS[full_name](theirs, ours)
    ]

    assert endings
    for attempt, (code, answer) in endings:
        assert code == attempt.code, f"{attempt.request}: {answer}"
        assert not _told(before, attempt.request, answer)
    assert rows.of(theirs.business.id) == before


@by_method
async def test_no_method_mistakes_a_namesake_for_a_member_of_another_organisation(
    rows: TenantRows, theirs: Possessions, ours: Intruder, namesake: Caller, full_name: str
) -> None:
    before = rows.of(theirs.business.id)

    endings = [
        (attempt, await _ending(namesake, full_name, attempt.request))
        for attempt in ATTEMPTS[full_name](theirs, ours)
    ]

    assert endings
    for attempt, (code, answer) in endings:
        assert code in {attempt.code, grpc.StatusCode.PERMISSION_DENIED}, f"{attempt.request}"
        assert not _told(before, attempt.request, answer)
    assert rows.of(theirs.business.id) == before


async def test_a_watcher_of_jobs_is_told_nothing_of_another_organisation(
    theirs: Possessions, business: Business, factotum: Caller
) -> None:
    watch = JobWatch(factotum)
    await watch.begin()
    await theirs.business.job_in(Job.STATE_EN_ROUTE)
    own = await business.job()

    event = await watch.event()

    assert event.job == own


async def test_a_watcher_of_locations_is_told_nothing_of_another_organisation(
    theirs: Possessions, business: Business, factotum: Caller
) -> None:
    technician = business.technician
    phone = await technician.app.tracking.RegisterDevice(registering_device())
    watch = LocationWatch(factotum)
    at_first = await watch.snapshot()
    await FixStream(theirs.business.technician.app, theirs.device).send(20)
    await FixStream(technician.app, phone.device.name).send(1)

    location = await watch.location()

    assert at_first == []
    assert location.technician == technician.name


async def _ending(
    caller: Caller, full_name: str, request: Message
) -> tuple[grpc.StatusCode, Message | None]:
    try:
        answer = await AnyMethod(full_name).first_answer(caller.channel, request)
    except grpc.aio.AioRpcError as error:
        return refusal_in(error).code, None
    return grpc.StatusCode.OK, answer


def _told(rows: Rows, request: Message, answer: Message | None) -> set[str]:
    """Return the ids of the others that an answer holds and that the caller had not said."""
    if answer is None:
        return set()
    theirs = {found for _, row in rows for found in _ids(row)}
    return (theirs & _ids(MessageToJson(answer))) - _ids(MessageToJson(request))


def _ids(text: str) -> set[str]:
    return set(UUID_PATTERN.findall(text))
