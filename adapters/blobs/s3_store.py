"""The blob store on a bucket of S3, or of anything that speaks its protocol."""

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters.blobs.settings import BlobSettings
from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.blobs.ports import BlobStoreUnavailableError
from domain.clock import Clock

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Answer = TypeVar("Answer")

_CONNECT_SECONDS = 2
_READ_SECONDS = 5
# Two attempts at most, and not for ever: a caller waits for it.
_MOST_ATTEMPTS = 2
_MOST_CALLS_AT_ONCE = 8
_NOTHING_THERE = frozenset({"404", "NoSuchKey", "NotFound"})


def open_s3_store(settings: BlobSettings, clock: Clock, *, bucket: str) -> "S3BlobStore":
    """Return the store of a bucket; nobody is called before it is used."""
    secret_key = settings.blob_s3_secret_key
    client = boto3.client(
        "s3",
        endpoint_url=settings.blob_s3_url,
        region_name=settings.blob_s3_region,
        aws_access_key_id=settings.blob_s3_access_key,
        aws_secret_access_key=secret_key.get_secret_value() if secret_key else None,
        config=Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": _MOST_ATTEMPTS, "mode": "standard"},
            max_pool_connections=_MOST_CALLS_AT_ONCE,
            # The one checksum that an upload is bound to is said by us.
            request_checksum_calculation="when_required",
            # Old stores answer to a path alone.
            s3={"addressing_style": "path" if settings.blob_s3_url else "auto"},
        ),
    )
    return S3BlobStore(client, bucket, clock, lifetime=settings.blob_link_lifetime)


class S3BlobStore:
    """The domain's BlobStore. The client blocks, so that it works in threads, a few at a time."""

    def __init__(
        self, client: "S3Client", bucket: str, clock: Clock, *, lifetime: timedelta
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._lifetime = lifetime
        self._slots = asyncio.Semaphore(_MOST_CALLS_AT_ONCE)

    async def upload_link(self, key: BlobKey, content: BlobContent) -> UploadLink:
        checksum = base64.b64encode(bytes.fromhex(content.sha256)).decode()
        expires_at = self._clock.now() + self._lifetime
        url = await self._in_thread(
            partial(
                self._client.generate_presigned_url,
                "put_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": str(key),
                    "ContentType": key.content_type.value,
                    "ContentLength": content.size_bytes,
                    "ChecksumSHA256": checksum,
                },
                ExpiresIn=round(self._lifetime.total_seconds()),
            )
        )
        headers = {"content-type": key.content_type.value, "x-amz-checksum-sha256": checksum}
        return UploadLink(url=url, headers=headers, expires_at=expires_at)

    async def download_link(self, key: BlobKey) -> DownloadLink:
        expires_at = self._clock.now() + self._lifetime
        url = await self._in_thread(
            partial(
                self._client.generate_presigned_url,
                "get_object",
                Params={"Bucket": self._bucket, "Key": str(key)},
                ExpiresIn=round(self._lifetime.total_seconds()),
            )
        )
        return DownloadLink(url=url, expires_at=expires_at)

    async def find(self, key: BlobKey) -> StoredBlob | None:
        try:
            head = await self._in_thread(
                partial(self._client.head_object, Bucket=self._bucket, Key=str(key))
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOTHING_THERE:
                return None
            raise BlobStoreUnavailableError from error
        return StoredBlob(content_type=head["ContentType"], size_bytes=head["ContentLength"])

    async def delete(self, key: BlobKey) -> None:
        try:
            await self._in_thread(
                partial(self._client.delete_object, Bucket=self._bucket, Key=str(key))
            )
        except ClientError as error:
            raise BlobStoreUnavailableError from error

    async def _in_thread(self, call: Callable[[], Answer]) -> Answer:
        async with self._slots:
            try:
                return await asyncio.to_thread(call)
            except BotoCoreError as error:
                raise BlobStoreUnavailableError from error
