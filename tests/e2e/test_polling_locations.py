"""A phone that holds no stream reports, and viewers that poll list, all at the edge."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from campotech.tracking.v1.location_pb2 import LocationBatch
from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from domain.commands import Role
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.requests import EPOCH, a_sent_fix

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def business(platform: LocalPlatform) -> AsyncIterator[PlatformBusiness]:
    async with businesses_on(PlatformAccess(platform.settings)) as founder:
        yield await founder.open_business()


class JsonCaller:
    """Somebody of a business who calls the edge in JSON."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = await self._http.request(method, path, json=body, headers=self._headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json())


async def test_what_a_phone_reports_is_listed_to_who_polls(
    platform: LocalPlatform, business: PlatformBusiness
) -> None:
    [technician] = business.technicians
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=20) as http:
        van = JsonCaller(http, technician_token(platform, business))
        registered = await van.ask(
            "POST",
            "/api/v1/devices:register",
            {
                "platform": "PLATFORM_ANDROID",
                "installationId": str(uuid4()),
                "installEpoch": EPOCH,
            },
        )

        ack = await technician.app.tracking.report(
            LocationBatch(
                device=registered["device"]["name"],
                install_epoch=EPOCH,
                fixes=[a_sent_fix(1), a_sent_fix(2, latitude=-34.5)],
            )
        )
        listed = [update async for update in business.office.tracking.list_latest()]
        office = JsonCaller(http, PlatformAccess(platform.settings).token(business.id, Role.OWNER))
        shown = await office.ask("GET", "/api/v1/locations")

    assert [(acked.first, acked.last) for acked in ack.acked] == [(1, 2)]
    assert [(update.technician, update.latitude) for update in listed] == [(technician.name, -34.5)]
    assert [(each["technician"], each["latitude"]) for each in shown["locations"]] == [
        (technician.name, -34.5)
    ]


def technician_token(platform: LocalPlatform, business: PlatformBusiness) -> str:
    [technician] = business.technicians
    return mint_token(
        platform.keys,
        organization_id=business.id,
        roles=[Role.TECHNICIAN],
        subject=technician.name.rpartition("/")[2],
    )
