"""The blob store on S3, as moto plays it: it checks no signatures, so those are read off links."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters.blobs.opening import open_blob_store
from adapters.clock import SystemClock
from domain.blobs.ports import BlobStore, BlobStoreUnavailableError
from tests.contracts.blob_store import BlobStoreContract
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.guarded import guarded_calls
from tests.support.local_s3 import running_s3, settings_for


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with running_s3() as url:
        yield url


def opened(url: str, **particular: str) -> AbstractAsyncContextManager[BlobStore]:
    return open_blob_store(settings_for(url, **particular), SystemClock(), guarded_calls)


class TestS3BlobStore(BlobStoreContract):
    @pytest.fixture(autouse=True)
    async def _bucket(self, s3_url: str) -> AsyncIterator[None]:
        async with opened(s3_url) as self.store, httpx.AsyncClient() as self.http:
            yield

    async def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        return (await self.http.put(url, content=body, headers=headers)).status_code

    async def get(self, url: str) -> tuple[int, bytes]:
        answer = await self.http.get(url)
        return answer.status_code, answer.content

    async def test_a_link_is_signed_for_one_content_of_one_type_and_for_a_time(self) -> None:
        link = await self.store.upload_link(a_blob_key(), content_of(A_PHOTO))

        query = parse_qs(urlsplit(link.url).query)
        (signed,) = query["X-Amz-SignedHeaders"]
        assert set(signed.split(";")) == {
            "content-length",
            "content-type",
            "host",
            "x-amz-checksum-sha256",
        }
        assert query["X-Amz-Expires"] == ["900"]


async def test_a_bucket_that_is_not_there_is_unavailable(s3_url: str) -> None:
    async with opened(s3_url, bucket="of-nobody") as store:
        with pytest.raises(BlobStoreUnavailableError):
            await store.delete(a_blob_key())


async def test_a_store_that_does_not_answer_is_unavailable(unused_tcp_port: int) -> None:
    async with opened(f"http://127.0.0.1:{unused_tcp_port}") as store:
        with pytest.raises(BlobStoreUnavailableError):
            await store.find(a_blob_key())
        with pytest.raises(BlobStoreUnavailableError):
            await store.delete(a_blob_key())
