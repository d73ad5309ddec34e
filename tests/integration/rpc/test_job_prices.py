"""What a job costs line by line, and what was noted about it, over a real channel."""

from uuid import uuid4

import grpc
import pytest

from campotech.invoicing.v1 import invoices_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, JobEvent, PriceLine
from campotech.type.v1 import fiscal_pb2
from domain.commands import Role
from domain.jobs.job_note import MOST_NOTES
from tests.support.businesses import Business, id_in
from tests.support.clocks import new_id
from tests.support.job_steps import COMPLETE, PAUSE
from tests.support.job_watch import JobWatch
from tests.support.platform_work import PlatformWork
from tests.support.refusals import refused
from tests.support.requests import a_line, creating_job, pesos
from tests.support.rpc import Caller

pytestmark = pytest.mark.asyncio(loop_scope="package")

WORK = a_line(description="Mano de obra", quantity_thousandths=2500, unit_price=pesos(2_000_000))
PART = a_line(
    description="Caño",
    quantity_thousandths=333,
    unit_price=pesos(1_000),
    vat_rate=fiscal_pb2.VAT_RATE_TEN_AND_A_HALF,
)
LINES, PRICE = [WORK, PART], pesos(5_000_333)


def printed(line: PriceLine, total_minor: int) -> PriceLine:
    """Return a line as the server answers it."""
    answer = PriceLine()
    answer.CopyFrom(line)
    answer.vat_rate = line.vat_rate or fiscal_pb2.VAT_RATE_TWENTY_ONE
    answer.total.CopyFrom(pesos(total_minor))
    return answer


PRINTED = [printed(WORK, 5_000_000), printed(PART, 333)]


async def note(caller: Caller, job: Job, text: str = "Tiene perro", request_id: str = "") -> Job:
    request = jobs_pb2.AddJobNoteRequest(name=job.name, text=text, request_id=request_id)
    return (await caller.jobs.AddJobNote(request)).job


async def test_a_job_costs_what_its_lines_come_to(business: Business) -> None:
    job = await business.job(price=PRICE, price_lines=LINES)

    assert list(job.price_lines) == PRINTED
    assert await business.read(job.name) == job


async def test_a_price_that_is_not_what_its_lines_come_to_is_told_what_is(
    business: Business,
) -> None:
    request = creating_job(business.customer, price=pesos(1), price_lines=LINES)

    refusal = await refused(business.office.jobs.CreateJob(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PRICE_NOT_OF_LINES",
    )
    assert refusal.fields == ["job.price"]
    assert refusal.info.metadata["due_minor"] == str(PRICE.amount_minor)


async def test_new_lines_make_the_price(business: Business) -> None:
    job = await business.job()
    request = jobs_pb2.UpdateJobRequest(job=Job(name=job.name, price_lines=LINES), etag=job.etag)

    changed = (await business.office.jobs.UpdateJob(request)).job

    assert (list(changed.price_lines), changed.price) == (PRINTED, PRICE)


async def test_a_job_with_lines_takes_no_other_price(business: Business) -> None:
    job = await business.job(price=PRICE, price_lines=LINES)
    request = jobs_pb2.UpdateJobRequest(job=Job(name=job.name, price=pesos(1)), etag=job.etag)

    refusal = await refused(business.office.jobs.UpdateJob(request))

    assert refusal.reason == "PRICE_NOT_OF_LINES"
    assert await business.read(job.name) == job


async def test_lines_can_be_taken_back_for_a_price_as_a_whole(business: Business) -> None:
    job = await business.job(price=PRICE, price_lines=LINES)
    request = jobs_pb2.UpdateJobRequest(job=Job(name=job.name, price=pesos(1)), etag=job.etag)
    request.update_mask.paths.extend(["price", "price_lines"])

    changed = (await business.office.jobs.UpdateJob(request)).job

    assert (list(changed.price_lines), changed.price) == ([], pesos(1))


async def test_the_technician_gives_the_final_lines_and_the_invoice_copies_them(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_IN_PROGRESS)
    request = jobs_pb2.CompleteJobRequest(
        name=job.name, work_summary="Cambié el caño.", final_price_lines=LINES
    )

    done = (await business.technician.app.jobs.CompleteJob(request)).job
    made = await platform_work.invoice(business, done)

    name = f"{business.name}/invoices/{made.id}"
    answer = await business.office.invoicing.GetInvoice(invoices_pb2.GetInvoiceRequest(name=name))
    invoice = answer.invoice
    assert (list(done.price_lines), done.price) == (PRINTED, PRICE)
    assert [(line.description, line.total) for line in invoice.lines] == [
        ("Mano de obra", pesos(5_000_000)),
        ("Caño", pesos(333)),
    ]
    assert [line.vat_rate for line in invoice.lines] == [
        fiscal_pb2.VAT_RATE_TWENTY_ONE,
        fiscal_pb2.VAT_RATE_TEN_AND_A_HALF,
    ]
    assert invoice.total == PRICE
    assert invoice.net.amount_minor + invoice.vat.amount_minor == PRICE.amount_minor
    assert invoice.net == pesos(4_132_231 + 301)


async def test_a_final_price_that_is_not_what_the_lines_come_to_is_refused(
    business: Business,
) -> None:
    job = await business.job_in(Job.STATE_IN_PROGRESS)

    refusal = await refused(
        business.move(job.name, COMPLETE, final_price=pesos(1), final_price_lines=LINES)
    )

    assert (refusal.reason, refusal.fields) == ("PRICE_NOT_OF_LINES", ["final_price"])
    assert await business.read(job.name) == job


async def test_lists_leave_out_what_a_job_has_many_of(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_PAUSED)
    await note(business.office, job)
    done = await business.move(job.name, COMPLETE, final_price_lines=LINES)
    await platform_work.invoice(business, done)

    (listed,) = (await business.office.jobs.ListJobs(jobs_pb2.ListJobsRequest())).jobs
    answer = await business.office.invoicing.ListInvoices(invoices_pb2.ListInvoicesRequest())

    assert done.pauses
    assert done.notes
    expected = Job()
    expected.CopyFrom(done)
    for field in ("pauses", "notes", "price_lines"):
        expected.ClearField(field)
    assert listed == expected
    assert [len(invoice.lines) for invoice in answer.invoices] == [0]


async def test_a_note_tells_who_wrote_it_and_when(business: Business) -> None:
    job = await business.job_in(PAUSE.reaches)
    watch = JobWatch(business.office)
    await watch.begin()

    noted = await note(business.technician.app, job, "Falta un codo — ½ pulgada")

    event = await watch.event()
    (written,) = noted.notes
    assert written.text == "Falta un codo — ½ pulgada"
    assert written.author == str(id_in(business.technician.name))
    assert written.create_time == noted.update_time
    assert (event.type, event.job) == (JobEvent.TYPE_NOTE_ADDED, noted)


async def test_a_closed_job_takes_notes_too(business: Business) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)

    noted = await note(business.office, job)

    assert [each.text for each in noted.notes] == ["Tiene perro"]


async def test_a_note_that_is_sent_again_is_written_once(business: Business) -> None:
    job, request_id = await business.job(), str(uuid4())

    first = await note(business.office, job, request_id=request_id)
    again = await note(business.office, job, request_id=request_id)

    assert first == again


async def test_a_job_is_not_noted_upon_without_end(business: Business) -> None:
    job = await business.job()
    for _ in range(MOST_NOTES):
        await note(business.office, job)

    refusal = await refused(note(business.office, job))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_NOTES_FULL",
    )


async def test_a_technician_does_not_note_upon_anothers_job(business: Business) -> None:
    job, other = await business.job_in(Job.STATE_ASSIGNED), await business.hire(Role.TECHNICIAN)

    refusal = await refused(note(other.app, job))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "JOB_OF_ANOTHER_TECHNICIAN",
    )


async def test_a_job_that_does_not_exist_takes_no_notes(business: Business) -> None:
    refusal = await refused(note(business.office, Job(name=f"jobs/{new_id()}")))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")
