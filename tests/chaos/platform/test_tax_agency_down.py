"""The tax agency goes away and comes back: it is said, operators are told once, invoices wait."""

from functools import partial

import httpx
import psycopg

from campotech.invoicing.v1.invoice_pb2 import Invoice
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness
from tests.support.sandbox_control import SandboxControl
from tests.support.waiting import eventually_true

KEY = "feature:invoicing.afip"
TOLD = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"
DOCUMENTS_UNTIL_IT_IS_NOTICED = 12
NOTICED_WITHIN_SECONDS = 120
AUTHORIZED_WITHIN_SECONDS = 120


async def invoicing_is(platform: LocalPlatform, status: str) -> bool:
    """Ask the edge; the whole must be served whatever it says."""
    async with httpx.AsyncClient(base_url=platform.edge_url) as client:
        answer = await client.get("/api/health")
    assert answer.status_code == 200
    features = answer.json()["health"]["features"]
    return any(
        feature["id"] == "invoicing.afip" and feature["status"] == status for feature in features
    )


async def alert_is(access: PlatformAccess, *, is_open: bool) -> bool:
    async with await psycopg.AsyncConnection.connect(access.superuser_url) as connection:
        rows = await (await connection.execute(TOLD, [KEY])).fetchall()
    return rows == [(1, is_open)]


async def test_the_agency_is_down_and_comes_back(
    platform: LocalPlatform,
    access: PlatformAccess,
    sandbox: SandboxControl,
    business: PlatformBusiness,
) -> None:
    await sandbox.put_fault("arca.wsfe", "down")
    jobs = [await business.complete_job() for _ in range(DOCUMENTS_UNTIL_IT_IS_NOTICED)]
    is_degraded = partial(invoicing_is, platform, "FEATURE_STATUS_DEGRADED")
    assert await eventually_true(is_degraded, within_seconds=NOTICED_WITHIN_SECONDS)
    is_told = partial(alert_is, access, is_open=True)
    assert await eventually_true(is_told, within_seconds=30)

    await sandbox.clear_faults()

    for job in jobs:
        assert await business.has_invoice(
            job, Invoice.FISCAL_STATE_AUTHORIZED, within_seconds=AUTHORIZED_WITHIN_SECONDS
        )
    is_healthy = partial(invoicing_is, platform, "FEATURE_STATUS_HEALTHY")
    assert await eventually_true(is_healthy, within_seconds=30)
    is_over = partial(alert_is, access, is_open=False)
    assert await eventually_true(is_over, within_seconds=30)
