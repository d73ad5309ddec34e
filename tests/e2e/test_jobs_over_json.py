"""Jobs as a web page sees them: JSON over HTTP, through the edge, on the started platform."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli.development_tokens import mint_token
from cli.local_platform.platform import LocalPlatform
from cli.seed import DEMO_ORGANIZATION_ID, DISPATCHER, TECHNICIANS
from domain.clock import BUSINESS_TIME_ZONE

pytestmark = pytest.mark.asyncio(loop_scope="session")

TECHNICIAN = f"members/{TECHNICIANS[0].id}"
A_PLACE = {
    "streetAddress": "Gascón 800",
    "locality": "Almagro",
    "province": "Ciudad Autónoma de Buenos Aires",
}


@pytest_asyncio.fixture(loop_scope="session")
async def http(platform: LocalPlatform) -> AsyncIterator[httpx.AsyncClient]:
    """Yield the dispatcher's way to the edge."""
    token = mint_token(
        platform.keys,
        organization_id=DEMO_ORGANIZATION_ID,
        roles=[DISPATCHER.role],
        subject=str(DISPATCHER.id),
    )
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{platform.settings.edge_port}/api/v1",
        headers={"authorization": f"Bearer {token}"},
        timeout=20,
    ) as client:
        yield client


async def a_job(http: httpx.AsyncClient, **particular: Any) -> dict[str, Any]:
    customer = await answer_of(
        http, "POST", "/customers", {"displayName": "Ana", "phoneNumber": "+5491155550199"}
    )
    wanted = {
        "customer": customer["customer"]["name"],
        "description": "No prende el calefón",
        "serviceAddress": A_PLACE,
        "price": {"currencyCode": "ARS", "amountMinor": "12100000"},
        **particular,
    }
    return dict((await answer_of(http, "POST", "/jobs", wanted))["job"])


async def answer_of(
    http: httpx.AsyncClient, method: str, path: str, body: object = None
) -> dict[str, Any]:
    answer = await http.request(method, path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def listed(http: httpx.AsyncClient, query: str) -> list[str]:
    answer = await answer_of(http, "GET", f"/jobs?{query}")
    return [job["name"] for job in answer["jobs"]]


def path_of(job: dict[str, Any]) -> str:
    return "/" + "/".join(job["name"].split("/")[2:])


async def test_a_day_bounds_a_list(http: httpx.AsyncClient) -> None:
    job = await a_job(http)
    created = datetime.fromisoformat(job["createTime"])
    today = created.astimezone(BUSINESS_TIME_ZONE).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)

    assert job["name"] in await listed(http, "since=2025-01-01")
    assert job["name"] in await listed(http, f"since={today}&until={today}&states=STATE_PENDING")
    assert job["name"] not in await listed(http, f"since={tomorrow}")
    assert job["name"] not in await listed(http, f"until={yesterday}")
    assert job["name"] not in await listed(http, "since=2025-01-01&states=STATE_PAUSED")


async def test_a_patch_changes_what_its_mask_names(http: httpx.AsyncClient) -> None:
    job = await a_job(http)
    body = {"description": "Pierde gas", "price": {"currencyCode": "ARS", "amountMinor": "1"}}

    changed = await answer_of(
        http, "PATCH", f"{path_of(job)}?updateMask=description&etag={job['etag']}", body
    )
    stale = await http.patch(f"{path_of(job)}?etag={job['etag']}", json=body)

    assert changed["job"]["description"] == "Pierde gas"
    assert changed["job"]["price"] == job["price"]
    assert stale.status_code == httpx.codes.CONFLICT


async def test_one_technician_is_not_promised_to_two_customers(http: httpx.AsyncClient) -> None:
    starts = "2031-05-07T15:00:00Z"
    first = await a_job(http, scheduledStartTime=starts)
    second = await a_job(http, scheduledStartTime=starts)
    await answer_of(http, "POST", f"{path_of(first)}:assign", {"technician": TECHNICIAN})

    refused = await http.post(f"{path_of(second)}:assign", json={"technician": TECHNICIAN})
    allowed = await answer_of(
        http,
        "POST",
        f"{path_of(second)}:assign",
        {"technician": TECHNICIAN, "allowDoubleBooking": True},
    )

    (info,) = (each for each in refused.json()["details"] if "reason" in each)
    assert refused.status_code == httpx.codes.BAD_REQUEST
    assert info["reason"] == "TECHNICIAN_DOUBLE_BOOKED"
    assert info["metadata"]["number"] == first["number"]
    assert allowed["job"]["state"] == "STATE_ASSIGNED"


async def test_a_job_with_lines_stands_still_and_goes_on(http: httpx.AsyncClient) -> None:
    line = {
        "description": "Mano de obra",
        "quantityThousandths": "1500",
        "unitPrice": {"currencyCode": "ARS", "amountMinor": "2000000"},
    }
    job = await a_job(http)
    path = path_of(job)
    await answer_of(http, "POST", f"{path}:assign", {"technician": TECHNICIAN})
    for step in ("startTravel", "arrive", "start"):
        await answer_of(http, "POST", f"{path}:{step}", {})

    paused = await answer_of(http, "POST", f"{path}:pause", {"reason": "PAUSE_REASON_BREAK"})
    await answer_of(http, "POST", f"{path}:addNote", {"text": "Falta un codo"})
    await answer_of(http, "POST", f"{path}:resume", {})
    done = await answer_of(
        http,
        "POST",
        f"{path}:complete",
        {"workSummary": "Cambié el codo", "finalPriceLines": [line]},
    )

    assert paused["job"]["state"] == "STATE_PAUSED"
    assert done["job"]["state"] == "STATE_COMPLETED"
    assert done["job"]["price"]["amountMinor"] == "3000000"
    assert [note["text"] for note in done["job"]["notes"]] == ["Falta un codo"]
    assert len(done["job"]["pauses"]) == 1
