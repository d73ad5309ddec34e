"""The blob store on a bucket of S3, or of anything that speaks its protocol."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import httpx
import structlog

from adapters.blobs.s3_answers import (
    BlobStoreFailedError,
    LookRefusedError,
    blob_in,
    is_about_no_blob,
)
from adapters.blobs.s3_links import Operation, S3Links, open_s3_links
from adapters.blobs.settings import BlobSettings
from adapters.guarded_calls.calls import GuardedCalls, is_failure
from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.blobs.ports import BlobStoreUnavailableError
from domain.clock import Clock
from domain.errors import TemporaryError, UnknownOutcomeError

Found = TypeVar("Found")

# Guarded calls end everything; this leaves time for a second try where nobody listens.
_TIMEOUT = httpx.Timeout(None, connect=2.0)
_MOST_CALLS_AT_ONCE = httpx.Limits(max_connections=8, max_keepalive_connections=8)
_AS_STORED = {"Accept-Encoding": "identity"}
"""Some stores tell the size of what they would compress."""
_WHY_A_LOOK_IS_REFUSED = "s3:ListBucket or s3:GetObject is not granted"
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_s3_store(
    settings: BlobSettings, clock: Clock, calls: GuardedCalls, *, bucket: str
) -> AsyncIterator["S3BlobStore"]:
    """Yield the store of a bucket; nobody is called before it is used."""
    links = open_s3_links(settings, bucket=bucket)
    # The machine's proxy and authorities hold here too, as they do for who looks up our identity.
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, limits=_MOST_CALLS_AT_ONCE, headers=_AS_STORED
    ) as client:
        yield S3BlobStore(links, client, clock, calls)


class S3BlobStore:
    """The domain's BlobStore.

    We call the bucket by links of our own, so that a call can be stopped: in the library that signs
    it would hold a thread until the library's own time is over.
    """

    def __init__(
        self, links: S3Links, client: httpx.AsyncClient, clock: Clock, calls: GuardedCalls
    ) -> None:
        self._links = links
        self._client = client
        self._clock = clock
        self._calls = calls

    async def upload_link(self, key: BlobKey, content: BlobContent) -> UploadLink:
        checksum = base64.b64encode(bytes.fromhex(content.sha256)).decode()
        expires_at = self._clock.now() + self._links.lifetime
        url = await self._links.to(
            Operation.PUT,
            key,
            {
                "ContentType": key.content_type.value,
                "ContentLength": content.size_bytes,
                "ChecksumSHA256": checksum,
            },
        )
        headers = {"content-type": key.content_type.value, "x-amz-checksum-sha256": checksum}
        return UploadLink(url=url, headers=headers, expires_at=expires_at)

    async def download_link(self, key: BlobKey) -> DownloadLink:
        expires_at = self._clock.now() + self._links.lifetime
        return DownloadLink(url=await self._links.to(Operation.GET, key), expires_at=expires_at)

    async def find(self, key: BlobKey) -> StoredBlob | None:
        return await self._asked("HEAD", Operation.HEAD, key, blob_in)

    async def delete(self, key: BlobKey) -> None:
        await self._asked("DELETE", Operation.DELETE, key, is_about_no_blob)

    async def _asked(
        self,
        method: str,
        operation: Operation,
        key: BlobKey,
        read: Callable[[httpx.Response], Found],
    ) -> Found:
        url = await self._links.to(operation, key)
        try:
            return await self._calls.make(
                operation.value,
                partial(self._ask, method, url, read),
                is_repeatable=True,
                is_failure=_is_outage,
            )
        except LookRefusedError as error:
            _log.warning("bucket_refused_look", key=str(key), likely_cause=_WHY_A_LOOK_IS_REFUSED)
            raise BlobStoreUnavailableError from error
        except TemporaryError as error:
            raise BlobStoreUnavailableError(
                retry_after_seconds=error.retry_after_seconds
            ) from error
        except UnknownOutcomeError as error:
            raise BlobStoreUnavailableError from error

    async def _ask(self, method: str, url: str, read: Callable[[httpx.Response], Found]) -> Found:
        try:
            answer = await self._client.request(method, url)
        except httpx.TransportError as error:
            # The link is as good as a password: errors of the client may say it.
            raise BlobStoreFailedError(
                f"The store cannot be reached: {type(error).__name__}."
            ) from None
        return read(answer)


def _is_outage(error: BaseException) -> bool:
    """Return whether an error says something against the store: that it tells us nothing does not.

    Otherwise a few people who confirm too early would suspend the calls for everybody.
    """
    return not isinstance(error, LookRefusedError) and is_failure(error)
