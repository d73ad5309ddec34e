"""An invoice that ARCA refuses is begun anew by the office and watched to its CAE, at the edge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from campotech_client.resources import Customer, IdentityDocument, Invoice
from campotech_client.services.invoicing import InvoiceWatch
from cli.local_platform.platform import LocalPlatform
from domain.commands import Role
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.requests import a_document
from tests.support.sandbox_control import sandbox_at

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEADLINE_SECONDS = 60
USUAL_THRESHOLD_PESOS = 10_000_000
LOWERED_THRESHOLD_PESOS = 9_000_000
BETWEEN_THE_TWO_MINOR = 950_000_000


@pytest_asyncio.fixture(loop_scope="session")
async def business(platform: LocalPlatform) -> AsyncIterator[PlatformBusiness]:
    async with businesses_on(PlatformAccess(platform.settings)) as founder:
        yield await founder.open_business()


@asynccontextmanager
async def a_lower_threshold_at_arca(platform: LocalPlatform) -> AsyncIterator[None]:
    """Let ARCA want to know who pays from an amount on from which we do not yet ask it."""
    async with sandbox_at(platform.sandbox_url) as sandbox:
        await sandbox.behave_as_arca(identification_threshold=LOWERED_THRESHOLD_PESOS)
        try:
            yield
        finally:
            await sandbox.behave_as_arca(identification_threshold=USUAL_THRESHOLD_PESOS)


async def identify_customer(business: PlatformBusiness) -> None:
    customer = await business.office.directory.get_customer(business.customer)
    document = a_document("30123456", IdentityDocument.TYPE_DNI)
    await business.office.directory.update_customer(
        Customer(name=customer.name, document=document), etag=customer.etag
    )


async def until_authorised(watch: InvoiceWatch) -> list[Invoice]:
    told: list[Invoice] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for invoice in watch:
            told.append(invoice)
            if invoice.fiscal_state == Invoice.FISCAL_STATE_AUTHORIZED:
                break
    return told


async def asked_over_json(
    platform: LocalPlatform, business: PlatformBusiness, job: str
) -> dict[str, Any]:
    token = PlatformAccess(platform.settings).token(business.id, Role.DISPATCHER)
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=20) as http:
        answer = await http.post(
            "/api/v1/invoices",
            json={"job": job},
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == httpx.codes.OK, answer.text
    return dict(answer.json()["invoice"])


async def test_a_refused_invoice_is_begun_anew_and_watched_to_its_cae(
    platform: LocalPlatform, business: PlatformBusiness
) -> None:
    async with a_lower_threshold_at_arca(platform):
        job = await business.complete_job(price_minor=BETWEEN_THE_TWO_MINOR)
        assert await business.has_invoice(job, Invoice.FISCAL_STATE_FAILED)
        await identify_customer(business)

        refused = await business.invoice_of(job)
        assert refused is not None
        async with business.office.invoicing.watch(refused.name) as watch:
            await watch.begin()
            begun = await business.office.invoicing.create(job.name)
            told = await until_authorised(watch)
        asked_again = await asked_over_json(platform, business, job.name)

    assert refused.failure.code == "10015"
    assert begun.name == refused.name
    assert (told[0].etag, told[0].fiscal_state) == (refused.etag, Invoice.FISCAL_STATE_FAILED)
    assert told[-1].receiver.document.number == "30123456"
    assert len(told[-1].cae) == 14
    assert (asked_again["name"], asked_again["cae"]) == (refused.name, told[-1].cae)
