"""Blobs as tests need them."""

import hashlib
from typing import Any

from domain.blobs.blob import BlobCollection, BlobContent, BlobKey, ContentType
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id

A_PHOTO = b"\xff\xd8\xff\xe0 what a camera would say \xff\xd9" * 50


def a_blob_key(**particular: Any) -> BlobKey:
    values: dict[str, Any] = {
        "organization_id": an_organization_id(),
        "collection": BlobCollection.JOB_PROOFS,
        "blob_id": new_id(),
        "content_type": ContentType.JPEG,
        **particular,
    }
    return BlobKey(**values)


def content_of(body: bytes) -> BlobContent:
    return BlobContent(size_bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
