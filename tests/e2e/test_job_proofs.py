"""A photo goes from the technician's phone past the edge to the dispatcher, and nowhere else."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from adapters.blobs.signed_links import SignedLinks
from adapters.blobs.signing_keys import SigningKeys
from campotech_client import new_request_id
from campotech_client.errors import NotFoundError, PermissionDeniedError
from campotech_client.resources import Job
from cli.local_platform.platform import LocalPlatform
from tests.support.blob_builders import a_blob_key, content_of
from tests.support.clocks import StoppedClock
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import Founder, PlatformBusiness, businesses_on

JPEG = {"content-type": "image/jpeg"}
# Noise, so that nothing on the way can make it smaller than the 1 MiB that JSON may have.
A_LARGE_PHOTO = os.urandom(3 * 1024 * 1024)
A_PHOTO = A_LARGE_PHOTO[:1000]


@dataclass(frozen=True, slots=True)
class Links:
    """The links of the platform, as whoever has its keys could make them at some other time."""

    of_now: SignedLinks
    of_yesterday: SignedLinks
    of_another_key: SignedLinks


@pytest.fixture
def links(platform: LocalPlatform) -> Links:
    url = f"{platform.edge_url}/blobs"
    keys = SigningKeys.from_setting(platform.folder.blob_signing_keys())
    now = datetime.now(UTC)

    def made(keys: SigningKeys, clock: StoppedClock) -> SignedLinks:
        return SignedLinks(url, keys, clock, lifetime=timedelta(minutes=15))

    return Links(
        made(keys, StoppedClock(now)),
        made(keys, StoppedClock(now - timedelta(days=1))),
        made(SigningKeys({keys.current: bytes(32)}), StoppedClock(now)),
    )


@pytest_asyncio.fixture(loop_scope="session")
async def founder(platform: LocalPlatform) -> AsyncIterator[Founder]:
    async with businesses_on(PlatformAccess(platform.settings)) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def business(founder: Founder) -> PlatformBusiness:
    return await founder.open_business()


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


def reason(answer: httpx.Response) -> str:
    (detail,) = answer.json()["details"]
    return str(detail["reason"])


async def test_what_the_technician_uploads_the_dispatcher_downloads(
    business: PlatformBusiness,
) -> None:
    job = await business.complete_job()
    van, office = business.technicians[0].app, business.office

    after = await van.proofs.add(
        job.name, kind=Job.PROOF_KIND_PHOTO, picture=A_LARGE_PHOTO, content_type="image/webp"
    )

    (proof,) = await office.proofs.list(job.name).first()
    assert [proof.name for proof in after.proofs] == [proof.name]
    assert proof.author == business.technicians[0].name.rpartition("/")[2]
    assert await office.proofs.download(proof) == A_LARGE_PHOTO


async def test_an_upload_that_is_repeated_as_a_whole_is_one_proof(
    business: PlatformBusiness,
) -> None:
    job, office = await business.create_job(), business.office
    add = partial(
        office.proofs.add,
        job.name,
        kind=Job.PROOF_KIND_SIGNATURE,
        picture=A_PHOTO,
        request_id=new_request_id(),
    )

    first = await add()
    again = await add()

    assert again == first
    assert len(again.proofs) == 1


async def test_a_link_shows_a_browser_a_picture_and_its_parts(
    business: PlatformBusiness, http: httpx.AsyncClient
) -> None:
    job = await business.create_job()
    await business.office.proofs.add(job.name, kind=Job.PROOF_KIND_PHOTO, picture=A_PHOTO)
    (proof,) = await business.office.proofs.list(job.name).first()

    whole = await http.get(proof.download_uri, headers={"origin": "http://localhost:3000"})
    part = await http.get(proof.download_uri, headers={"range": "bytes=10-19"})

    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert (part.status_code, part.content) == (206, A_PHOTO[10:20])


async def test_a_web_page_may_upload(business: PlatformBusiness, http: httpx.AsyncClient) -> None:
    job = await business.create_job()
    offer = await business.office.proofs.create_upload(
        job.name,
        kind=Job.PROOF_KIND_PHOTO,
        content_type="image/jpeg",
        size_bytes=len(A_PHOTO),
        sha256=content_of(A_PHOTO).sha256,
    )

    preflight = await http.options(
        offer.upload_uri,
        headers={
            "origin": "http://localhost:3000",
            "access-control-request-method": "PUT",
            "access-control-request-headers": "content-type",
        },
    )

    assert preflight.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert "content-type" in preflight.headers["access-control-allow-headers"]


async def test_the_edge_refuses_links_that_are_forged_or_over(
    http: httpx.AsyncClient, links: Links
) -> None:
    key, content = a_blob_key(), content_of(A_PHOTO)
    forged = links.of_another_key.upload(key, content).url
    over = links.of_yesterday.upload(key, content).url

    answers = [await http.put(url, content=A_PHOTO, headers=JPEG) for url in (forged, over)]

    assert [(answer.status_code, reason(answer)) for answer in answers] == [
        (403, "LINK_INVALID"),
        (403, "LINK_EXPIRED"),
    ]


async def test_the_edge_refuses_what_is_not_what_was_announced(
    http: httpx.AsyncClient, links: Links
) -> None:
    url = links.of_now.upload(a_blob_key(), content_of(A_PHOTO)).url

    larger = await http.put(url, content=A_PHOTO + b"!", headers=JPEG)
    other = await http.put(url, content=A_PHOTO[::-1], headers=JPEG)
    page = await http.put(url, content=A_PHOTO, headers={"content-type": "text/html"})

    assert [(answer.status_code, reason(answer)) for answer in (larger, other, page)] == [
        (413, "BLOB_TOO_LARGE"),
        (400, "BLOB_CONTENT_WRONG"),
        (415, "BLOB_TYPE_WRONG"),
    ]


async def test_the_edge_refuses_an_enormous_body_before_it_is_sent(
    platform: LocalPlatform, links: Links
) -> None:
    link = urlsplit(links.of_now.upload(a_blob_key(), content_of(A_PHOTO)).url)

    def announce() -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", platform.settings.edge_port, timeout=30)
        with closing(connection):
            headers = {**JPEG, "content-length": str(13 * 1024 * 1024)}
            connection.request("PUT", f"{link.path}?{link.query}", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    status, body = await asyncio.to_thread(announce)

    assert status == 413
    assert b"REQUEST_TOO_LARGE" in body


async def test_the_edge_leads_to_blobs_alone(http: httpx.AsyncClient, links: Links) -> None:
    url = links.of_now.download(a_blob_key()).url
    origin = f"http://{urlsplit(url).netloc}"

    missing = await http.get(url)
    health = await http.get(f"{origin}/healthz")
    outside = await http.get(f"{origin}/blobs/../healthz")
    metrics = await http.get(f"{origin}/metrics")

    assert (missing.status_code, reason(missing)) == (404, "BLOB_NOT_FOUND")
    assert {answer.status_code for answer in (health, outside, metrics)} == {404}


async def test_another_organisation_sees_nothing(
    business: PlatformBusiness, founder: Founder
) -> None:
    stranger = (await founder.open_business()).office
    job = await business.create_job()
    after = await business.office.proofs.add(job.name, kind=Job.PROOF_KIND_PHOTO, picture=A_PHOTO)

    with pytest.raises(NotFoundError):
        await stranger.proofs.list(job.name).first()
    with pytest.raises(NotFoundError):
        await stranger.proofs.add(job.name, kind=Job.PROOF_KIND_PHOTO, picture=A_PHOTO)
    with pytest.raises(NotFoundError):
        await stranger.proofs.confirm(after.proofs[0].name)


async def test_the_sdk_tells_why_a_link_was_refused(
    business: PlatformBusiness, links: Links
) -> None:
    over = Job.Proof(download_uri=links.of_yesterday.download(a_blob_key()).url)

    with pytest.raises(PermissionDeniedError) as refusal:
        await business.office.proofs.download(over)

    assert refusal.value.reason == "LINK_EXPIRED"
