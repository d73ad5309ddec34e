"""The batch worker is killed while it asks for a CAE: each invoice has exactly one in the end."""

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import Job
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_business import PlatformBusiness
from tests.support.sandbox_control import SandboxControl

AUTHORIZE = "FECAESolicitar"
LAST_AUTHORIZED = "FECompUltimoAutorizado"
LONGER_THAN_A_LEASE_SECONDS = 16
AUTHORIZED_WITHIN_SECONDS = 30


async def kill_batch_worker(platform: LocalPlatform) -> None:
    """Kill it and start another at once; the supervisor would wait longer from time to time."""
    worker = platform.process("worker-batch")
    worker.kill()
    await worker.stop()
    await worker.start()


async def an_invoiced_job(business: PlatformBusiness) -> Job:
    """Return a job whose invoice is the first of its series, so that we know the next number."""
    job = await business.complete_job()
    assert await is_authorized(business, job)
    return job


async def is_authorized(business: PlatformBusiness, job: Job) -> bool:
    return await business.has_invoice(
        job, Invoice.FISCAL_STATE_AUTHORIZED, within_seconds=AUTHORIZED_WITHIN_SECONDS
    )


async def caes_we_know(business: PlatformBusiness, *jobs: Job) -> list[tuple[int, str]]:
    """Return number and CAE of each job's invoice."""
    invoices = [await business.invoice_of(job) for job in jobs]
    return [(invoice.number, invoice.cae) for invoice in invoices if invoice is not None]


async def caes_granted(
    business: PlatformBusiness, sandbox: SandboxControl
) -> list[tuple[int, str]]:
    """Return number and CAE of every document that ARCA has of this business."""
    return [
        (voucher["numero_desde"], voucher["cae"])
        for voucher in await sandbox.vouchers(business.cuit)
    ]


async def test_a_cae_whose_answer_reached_nobody_is_found(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    first = await an_invoiced_job(business)
    await sandbox.put_fault(
        f"arca.wsfe.{AUTHORIZE}", "hang_after", seconds=LONGER_THAN_A_LEASE_SECONDS, times=1
    )
    job = await business.complete_job()
    assert await sandbox.receives(AUTHORIZE, outcome="answer held", cuit=business.cuit)

    await kill_batch_worker(platform)

    assert await is_authorized(business, job)
    after = await an_invoiced_job(business)
    known = await caes_we_know(business, first, job, after)
    assert [number for number, _ in known] == [1, 2, 3]
    assert await caes_granted(business, sandbox) == known


async def test_a_cae_whose_answer_was_cut_off_before_the_kill_is_found(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    first = await an_invoiced_job(business)
    await sandbox.put_fault(f"arca.wsfe.{AUTHORIZE}", "answer_lost", times=1)
    job = await business.complete_job()
    assert await sandbox.receives(AUTHORIZE, outcome="answer lost", cuit=business.cuit)

    await kill_batch_worker(platform)

    assert await is_authorized(business, job)
    after = await an_invoiced_job(business)
    known = await caes_we_know(business, first, job, after)
    assert [number for number, _ in known] == [1, 2, 3]
    assert await caes_granted(business, sandbox) == known


async def test_a_request_that_lands_after_it_was_repeated_authorises_nothing(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    first = await an_invoiced_job(business)
    await sandbox.put_fault(
        f"arca.wsfe.{AUTHORIZE}", "slow", seconds=LONGER_THAN_A_LEASE_SECONDS, times=1
    )
    job = await business.complete_job()
    assert await sandbox.receives(AUTHORIZE, outcome="waiting before", cuit=business.cuit)

    await kill_batch_worker(platform)

    assert await is_authorized(business, job)
    assert await sandbox.receives(AUTHORIZE, outcome="result R", cuit=business.cuit)
    after = await an_invoiced_job(business)
    known = await caes_we_know(business, first, job, after)
    assert [number for number, _ in known] == [1, 2, 3]
    assert await caes_granted(business, sandbox) == known


async def test_an_invoice_whose_number_was_not_reserved_yet_gets_it(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    await sandbox.put_fault(
        f"arca.wsfe.{LAST_AUTHORIZED}", "slow", seconds=LONGER_THAN_A_LEASE_SECONDS, times=1
    )
    job = await business.complete_job()
    assert await sandbox.receives(LAST_AUTHORIZED, outcome="waiting before", cuit=business.cuit)

    await kill_batch_worker(platform)

    assert await is_authorized(business, job)
    known = await caes_we_know(business, job)
    assert [number for number, _ in known] == [1]
    assert await caes_granted(business, sandbox) == known


async def test_a_number_that_was_reserved_and_never_sent_is_used(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    first = await an_invoiced_job(business)
    await platform.process("sandbox").stop()
    job = await business.complete_job()
    assert await business.has_invoice(job, Invoice.FISCAL_STATE_SUBMITTED)

    await kill_batch_worker(platform)

    await platform.process("sandbox").start()
    assert await is_authorized(business, job)
    known = await caes_we_know(business, first, job)
    assert [number for number, _ in known] == [1, 2]
    assert await caes_granted(business, sandbox) == known


async def test_an_invoice_that_was_just_authorised_is_not_sent_again(
    platform: LocalPlatform, sandbox: SandboxControl, business: PlatformBusiness
) -> None:
    job = await business.complete_job()
    assert await is_authorized(business, job)

    await kill_batch_worker(platform)

    after = await an_invoiced_job(business)
    known = await caes_we_know(business, job, after)
    assert [number for number, _ in known] == [1, 2]
    assert await caes_granted(business, sandbox) == known
    assert len(await sandbox.received(AUTHORIZE, cuit=business.cuit)) == 2
