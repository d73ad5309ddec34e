"""InvoicingService over a real channel."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import pytest

from campotech.invoicing.v1 import invoice_pb2, invoices_pb2
from campotech.jobs.v1.job_pb2 import Job
from campotech.operations.v1 import queues_pb2
from tests.support.businesses import Business, a_business, id_in, short
from tests.support.clocks import new_id
from tests.support.platform_work import PlatformWork
from tests.support.refusals import refused
from tests.support.requests import a_profile, pesos
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")

Invoice = invoice_pb2.Invoice
DEADLINE_SECONDS = 20


async def names(business: Business, request: invoices_pb2.ListInvoicesRequest) -> list[str]:
    answer = await business.office.invoicing.ListInvoices(request)
    return [invoice.name for invoice in answer.invoices]


async def test_an_invoice_that_waits_has_no_number_and_no_cae(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)
    made = await platform_work.invoice(business, job)
    name = f"{business.name}/invoices/{made.id}"

    answer = await business.office.invoicing.GetInvoice(
        invoices_pb2.GetInvoiceRequest(name=short(name))
    )

    invoice = answer.invoice
    assert (invoice.name, invoice.job, invoice.customer) == (name, job.name, business.customer)
    assert invoice.fiscal_state == Invoice.FISCAL_STATE_PENDING
    assert invoice.payment_state == Invoice.PAYMENT_STATE_UNPAID
    assert (invoice.letter, invoice.comprobante_tipo) == (Invoice.LETTER_B, 6)
    assert (invoice.total, invoice.net, invoice.vat) == (
        pesos(12_100_000),
        pesos(10_000_000),
        pesos(2_100_000),
    )
    assert (invoice.number, invoice.cae) == (0, "")
    assert invoice.receiver.display_name == "Ana Clienta"


async def test_an_authorised_invoice_shows_number_and_cae(
    api: Api, platform_work: PlatformWork
) -> None:
    profile = a_profile(punto_de_venta=new_id().int % 90_000 + 1)
    business = await a_business(api, fiscal_profile=profile)
    made = await platform_work.invoice(business, await business.job_in(Job.STATE_COMPLETED))
    done = await platform_work.authorization(made)

    answer = await business.office.invoicing.GetInvoice(
        invoices_pb2.GetInvoiceRequest(name=f"{business.name}/invoices/{done.id}")
    )

    invoice = answer.invoice
    assert invoice.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED
    assert (invoice.punto_de_venta, invoice.number) == (profile.punto_de_venta, 1)
    assert invoice.cae == done.cae
    assert (invoice.cae_due_date.year, invoice.cae_due_date.month) == (2026, 11)
    assert invoice.HasField("authorize_time")


async def test_an_invoice_that_does_not_exist_is_not_found(business: Business) -> None:
    request = invoices_pb2.GetInvoiceRequest(name=f"invoices/{new_id()}")

    refusal = await refused(business.office.invoicing.GetInvoice(request))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND")


async def test_invoices_are_listed_by_pages_and_filters(
    business: Business, platform_work: PlatformWork
) -> None:
    jobs = [await business.job_in(Job.STATE_COMPLETED) for _ in range(3)]
    made = [
        f"{business.name}/invoices/{(await platform_work.invoice(business, job)).id}"
        for job in jobs
    ]

    first = await business.office.invoicing.ListInvoices(
        invoices_pb2.ListInvoicesRequest(page_size=2)
    )
    second = invoices_pb2.ListInvoicesRequest(page_size=2, page_token=first.next_page_token)
    of_one_job = invoices_pb2.ListInvoicesRequest(job=jobs[1].name)
    pending = invoices_pb2.ListInvoicesRequest(fiscal_states=[Invoice.FISCAL_STATE_PENDING])
    failed = invoices_pb2.ListInvoicesRequest(fiscal_states=[Invoice.FISCAL_STATE_FAILED])
    of_the_past = invoices_pb2.ListInvoicesRequest(until="2026-01-01")

    assert [invoice.name for invoice in first.invoices] == made[:0:-1]
    assert await names(business, second) == made[:1]
    assert await names(business, of_one_job) == [made[1]]
    assert await names(business, pending) == made[::-1]
    assert await names(business, failed) == []
    assert await names(business, of_the_past) == []


async def test_a_made_up_page_token_is_refused(business: Business) -> None:
    request = invoices_pb2.ListInvoicesRequest(page_token="made-up")  # noqa: S106  # no secret

    refusal = await refused(business.office.invoicing.ListInvoices(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PAGE_TOKEN_INVALID",
    )


async def test_an_invoice_is_named_by_its_own_organisation_alone(business: Business) -> None:
    invoice = f"organizations/{new_id()}/invoices/{id_in(business.customer)}"

    refusal = await refused(
        business.office.invoicing.GetInvoice(invoices_pb2.GetInvoiceRequest(name=invoice))
    )

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND")


async def test_a_failed_invoice_is_made_anew_on_request(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)
    failed = await platform_work.failure(await platform_work.invoice(business, job))
    request = invoices_pb2.CreateInvoiceRequest(job=job.name, request_id=str(uuid4()))

    first = await business.office.invoicing.CreateInvoice(request)
    repeated = await business.office.invoicing.CreateInvoice(request)
    tasks = await business.owner.app.queues.ListTasks(
        queues_pb2.ListTasksRequest(type="invoice:afip-submit")
    )

    assert first.invoice.name == f"{business.name}/invoices/{failed.id}"
    assert first.invoice.fiscal_state == Invoice.FISCAL_STATE_PENDING
    assert not first.invoice.HasField("failure")
    assert repeated.invoice == first.invoice
    assert len(tasks.tasks) == 2


async def test_an_invoice_that_did_not_fail_is_returned_as_it_is(
    business: Business, platform_work: PlatformWork
) -> None:
    job = await business.job_in(Job.STATE_COMPLETED)
    made = await platform_work.invoice(business, job)

    answer = await business.office.invoicing.CreateInvoice(
        invoices_pb2.CreateInvoiceRequest(job=short(job.name))
    )

    assert answer.invoice.name == f"{business.name}/invoices/{made.id}"
    assert answer.invoice.etag == str(made.version)


async def test_what_cannot_be_invoiced_is_refused_with_its_reason(
    api: Api, business: Business
) -> None:
    bare = await a_business(api, fiscal_profile=None)
    completed = await bare.job_in(Job.STATE_COMPLETED)
    pending = await business.job()
    requests = [
        (business, pending.name),
        (bare, completed.name),
        (business, f"jobs/{new_id()}"),
    ]

    refusals = [
        await refused(
            owner.office.invoicing.CreateInvoice(invoices_pb2.CreateInvoiceRequest(job=job))
        )
        for owner, job in requests
    ]

    assert [(refusal.code, refusal.reason) for refusal in refusals] == [
        (grpc.StatusCode.FAILED_PRECONDITION, "JOB_NOT_COMPLETED"),
        (grpc.StatusCode.FAILED_PRECONDITION, "FISCAL_PROFILE_MISSING"),
        (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND"),
    ]


async def test_who_watches_an_invoice_is_told_how_it_is_and_what_becomes_of_it(
    api: Api, platform_work: PlatformWork
) -> None:
    profile = a_profile(punto_de_venta=new_id().int % 90_000 + 1)
    business = await a_business(api, fiscal_profile=profile)
    made = await platform_work.invoice(business, await business.job_in(Job.STATE_COMPLETED))
    words = business.office.invoicing.WatchInvoice(
        invoices_pb2.WatchInvoiceRequest(name=f"invoices/{made.id}")
    )

    first = await next_invoice(words)
    await platform_work.authorization(made)
    second = await next_invoice(words)
    words.cancel()

    assert first.fiscal_state == Invoice.FISCAL_STATE_PENDING
    assert second.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED
    assert len(second.cae) == 14


async def next_invoice(words: Any) -> Invoice:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (word := await words.read()).HasField("invoice"):
            pass
    invoice: Invoice = word.invoice
    return invoice
