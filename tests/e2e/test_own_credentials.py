"""A business speaks for itself outside, and a program for the business: JSON through the edge."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from campotech.invoicing.v1.invoice_pb2 import Invoice
from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from domain.commands import Role
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.sandbox_control import SandboxControl, sandbox_at
from tests.support.waiting import eventually_true

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Owner:
    """Calls as the owner of a business, or with whatever token is given."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._token = token

    async def post(self, path: str, body: object, *, token: str = "") -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token or self._token}"}
        answer = await self._http.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json())


@pytest_asyncio.fixture(loop_scope="session")
async def business(platform: LocalPlatform) -> AsyncIterator[PlatformBusiness]:
    async with businesses_on(PlatformAccess(platform.settings)) as founder:
        yield await founder.open_business()


@pytest_asyncio.fixture(loop_scope="session")
async def owner(platform: LocalPlatform, business: PlatformBusiness) -> AsyncIterator[Owner]:
    token = mint_token(
        platform.keys, organization_id=business.id, roles=[Role.OWNER], subject="owner"
    )
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=20) as http:
        yield Owner(http, token)


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(platform: LocalPlatform) -> AsyncIterator[SandboxControl]:
    async with sandbox_at(platform.sandbox_url) as control:
        yield control


async def test_a_business_is_invoiced_and_heard_under_its_own_names(
    owner: Owner, business: PlatformBusiness, sandbox: SandboxControl
) -> None:
    alias, number = f"propia-{business.cuit}", f"9{business.cuit}"
    asked = await owner.post("/arcaConnection:requestCertificate", {"alias": alias})
    certificate = await sandbox.certificate_for(asked["certificateRequest"])
    await owner.post(f"/{business.name}/arcaConnection:connect", {"certificate": certificate})
    await owner.post(
        "/whatsAppConnection:connect",
        {
            "phoneNumberId": number,
            "accessToken": "EAAG-of-our-own",
            "displayPhoneNumber": "+5491155550100",
        },
    )

    job = await business.complete_job()

    assert await business.has_invoice(job, Invoice.FISCAL_STATE_AUTHORIZED)
    assert await eventually_true(lambda: _was_told_from(sandbox, business, number))
    assert await _logins_of(sandbox, alias) == 1


async def test_a_program_calls_with_a_key_until_it_is_revoked(
    owner: Owner, business: PlatformBusiness
) -> None:
    wanted = {"displayName": "Contabilidad", "roles": ["ROLE_DISPATCHER"]}
    created = await owner.post("/apiKeys", wanted)
    customer = {"displayName": "Ana", "phoneNumber": "+5491155550199"}

    made = await owner.post("/customers", customer, token=created["secret"])
    revoked = await owner.post(f"/{created['apiKey']['name']}:revoke", {})

    assert made["customer"]["name"].startswith(business.name)
    assert revoked["apiKey"]["state"] == "STATE_REVOKED"


async def _was_told_from(sandbox: SandboxControl, business: PlatformBusiness, number: str) -> bool:
    messages = await sandbox.messages(to=business.customer_phone_number)
    return [message["phone_number_id"] for message in messages] == [number]


async def _logins_of(sandbox: SandboxControl, alias: str) -> int:
    logins = await sandbox.received("loginCms")
    return sum(f"CN={alias}," in str(login["fields"].get("certificate")) for login in logins)
