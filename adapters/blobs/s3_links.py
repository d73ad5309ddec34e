"""Links to a bucket, signed here: for people who put and get blobs, and for our own calls."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from adapters.blobs.settings import BlobSettings
from domain.blobs.blob import BlobKey
from domain.blobs.ports import BlobStoreUnavailableError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MOST_AT_ONCE = 8


class Operation(StrEnum):
    """What a link allows, as S3 calls it."""

    PUT = "put_object"
    GET = "get_object"
    HEAD = "head_object"
    DELETE = "delete_object"


class S3Links:
    """Signs in threads, a few at a time: the library blocks where it looks up who we are."""

    def __init__(self, client: "S3Client", bucket: str, *, lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self._client = client
        self._bucket = bucket
        self._slots = asyncio.Semaphore(_MOST_AT_ONCE)

    async def to(
        self, operation: Operation, key: BlobKey, bound_to: Mapping[str, object] | None = None
    ) -> str:
        """Return a link, good only with what it is bound to; raise BlobStoreUnavailableError."""
        sign = partial(
            self._client.generate_presigned_url,
            operation.value,
            Params={"Bucket": self._bucket, "Key": str(key), **(bound_to or {})},
            ExpiresIn=round(self.lifetime.total_seconds()),
        )
        async with self._slots:
            try:
                return await asyncio.to_thread(sign)
            except BotoCoreError as error:
                raise BlobStoreUnavailableError from error


def open_s3_links(settings: BlobSettings, *, bucket: str) -> S3Links:
    """Return the links to a bucket."""
    secret_key = settings.blob_s3_secret_key
    client = boto3.client(
        "s3",
        endpoint_url=settings.blob_s3_url,
        region_name=settings.blob_s3_region,
        aws_access_key_id=settings.blob_s3_access_key,
        aws_secret_access_key=secret_key.get_secret_value() if secret_key else None,
        config=Config(
            signature_version="s3v4",
            # The one checksum that an upload is bound to is said by us.
            request_checksum_calculation="when_required",
            # Old stores answer to a path alone.
            s3={"addressing_style": "path" if settings.blob_s3_url else "auto"},
        ),
    )
    return S3Links(client, bucket, lifetime=settings.blob_link_lifetime)
