"""What `web` answers to links: the local store keeps its contract, and refusals say why."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from domain.blobs.blob import ContentType, UploadLink
from tests.contracts.blob_store import BlobLinksContract
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.clocks import StoppedClock
from tests.support.web_blobs import URL, WebBlobs
from web.app import BLOBS
from web.refusals import RefusedError, answer_refusal
from web.uploads import Uploads

KEY = a_blob_key(content_type=ContentType.PNG)


class TestLocalBlobStore(BlobLinksContract):
    @pytest.fixture(autouse=True)
    async def _empty_store(self, tmp_path: Path) -> AsyncIterator[None]:
        self.clock = StoppedClock()
        blobs = WebBlobs(tmp_path, self.clock)
        self.store = blobs.store
        async with blobs.client() as self.http:
            yield

    async def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        return (await self.http.put(url, content=body, headers=headers)).status_code

    async def get(self, url: str) -> tuple[int, bytes]:
        answer = await self.http.get(url)
        return answer.status_code, answer.content


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def blobs(tmp_path: Path, clock: StoppedClock) -> WebBlobs:
    return WebBlobs(tmp_path, clock)


@pytest.fixture
async def http(blobs: WebBlobs) -> AsyncIterator[httpx.AsyncClient]:
    async with blobs.client() as client:
        yield client


@pytest.fixture
def link(blobs: WebBlobs) -> UploadLink:
    """Return a link by which A_PHOTO may be put."""
    return blobs.links.upload(KEY, content_of(A_PHOTO))


def reason(answer: httpx.Response) -> str:
    (detail,) = answer.json()["details"]
    assert detail["domain"] == "campotech.dev"
    return str(detail["reason"])


def left_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_a_forged_link_is_refused(http: httpx.AsyncClient, link: UploadLink) -> None:
    answer = await http.put(f"{link.url}x", content=A_PHOTO, headers=link.headers)

    assert (answer.status_code, reason(answer)) == (403, "LINK_INVALID")


async def test_no_link_at_all_is_refused(http: httpx.AsyncClient) -> None:
    for path in (str(KEY), "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", ""):
        answer = await http.get(f"{URL}/{path}")

        assert answer.status_code in (403, 404)


async def test_a_link_whose_time_is_over_says_so(
    http: httpx.AsyncClient, link: UploadLink, clock: StoppedClock
) -> None:
    clock.advance(timedelta(minutes=15))

    answer = await http.put(link.url, content=A_PHOTO, headers=link.headers)

    assert (answer.status_code, reason(answer)) == (403, "LINK_EXPIRED")


async def test_a_body_that_says_to_be_too_large_is_refused_before_it_is_read(
    http: httpx.AsyncClient, link: UploadLink, tmp_path: Path
) -> None:
    async def never_read() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    headers = {**link.headers, "content-length": str(len(A_PHOTO) + 1)}

    answer = await http.put(link.url, content=never_read(), headers=headers)

    assert (answer.status_code, reason(answer)) == (413, "BLOB_TOO_LARGE")
    assert left_in(tmp_path) == []


async def test_a_body_that_is_larger_than_it_says_is_refused_while_it_is_read(
    http: httpx.AsyncClient, link: UploadLink, tmp_path: Path
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(64 * 1024)
            await asyncio.sleep(0)

    headers = {**link.headers, "content-length": str(len(A_PHOTO))}

    answer = await http.put(link.url, content=endless(), headers=headers)

    assert (answer.status_code, reason(answer)) == (413, "BLOB_TOO_LARGE")
    assert left_in(tmp_path) == []


async def test_a_body_of_unknown_length_is_refused(
    http: httpx.AsyncClient, link: UploadLink
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield A_PHOTO

    answer = await http.put(link.url, content=chunks(), headers=link.headers)

    assert (answer.status_code, reason(answer)) == (411, "BLOB_LENGTH_REQUIRED")


async def test_a_body_that_ends_early_leaves_nothing(
    http: httpx.AsyncClient, link: UploadLink, tmp_path: Path
) -> None:
    answer = await http.put(link.url, content=A_PHOTO[:-1], headers=link.headers)

    assert (answer.status_code, reason(answer)) == (400, "BLOB_CONTENT_WRONG")
    assert left_in(tmp_path) == []


async def test_a_body_that_does_not_come_is_not_waited_for_without_end(
    blobs: WebBlobs, link: UploadLink, tmp_path: Path
) -> None:
    uploads = Uploads(blobs.folder, blobs.links, longest_seconds=0.01)
    app = Starlette(
        routes=[Route(BLOBS, uploads.put, methods=["PUT"])],
        exception_handlers={RefusedError: answer_refusal},
    )

    async def stuck() -> AsyncIterator[bytes]:
        yield A_PHOTO[:1]
        await asyncio.Event().wait()

    headers = {**link.headers, "content-length": str(len(A_PHOTO))}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        answer = await http.put(link.url, content=stuck(), headers=headers)

    assert (answer.status_code, reason(answer)) == (408, "UPLOAD_TOO_SLOW")
    assert left_in(tmp_path) == []


async def test_a_type_that_a_browser_would_run_is_refused(
    http: httpx.AsyncClient, link: UploadLink
) -> None:
    answer = await http.put(link.url, content=A_PHOTO, headers={"content-type": "text/html"})

    assert (answer.status_code, reason(answer)) == (415, "BLOB_TYPE_WRONG")


async def test_a_full_disk_is_said_to_be_ours(
    http: httpx.AsyncClient, link: UploadLink, tmp_path: Path
) -> None:
    (tmp_path / "organizations").write_text("a file where a folder should be")

    answer = await http.put(link.url, content=A_PHOTO, headers=link.headers)

    assert (answer.status_code, reason(answer)) == (503, "BLOB_STORE_UNAVAILABLE")


async def test_what_nobody_uploaded_is_not_found(http: httpx.AsyncClient, blobs: WebBlobs) -> None:
    answer = await http.get(blobs.links.download(KEY).url)

    assert (answer.status_code, reason(answer)) == (404, "BLOB_NOT_FOUND")


async def test_a_browser_takes_a_blob_for_nothing_but_a_picture(
    http: httpx.AsyncClient, blobs: WebBlobs, link: UploadLink
) -> None:
    await http.put(link.url, content=A_PHOTO, headers=link.headers)

    answer = await http.get(blobs.links.download(KEY).url)

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith("private")


async def test_a_part_of_a_blob_can_be_read(
    http: httpx.AsyncClient, blobs: WebBlobs, link: UploadLink
) -> None:
    await http.put(link.url, content=A_PHOTO, headers=link.headers)

    answer = await http.get(blobs.links.download(KEY).url, headers={"range": "bytes=2-5"})

    assert (answer.status_code, answer.content) == (206, A_PHOTO[2:6])


async def test_other_methods_and_paths_are_refused_in_the_same_form(
    http: httpx.AsyncClient, blobs: WebBlobs
) -> None:
    deletion = await http.delete(blobs.links.download(KEY).url)
    elsewhere = await http.get("http://web.test/elsewhere")

    assert (deletion.status_code, reason(deletion)) == (405, "METHOD_NOT_ALLOWED")
    assert (elsewhere.status_code, reason(elsewhere)) == (404, "PATH_NOT_FOUND")


async def test_it_says_that_it_lives(http: httpx.AsyncClient) -> None:
    answer = await http.get("http://web.test/healthz")

    assert answer.status_code == 200
