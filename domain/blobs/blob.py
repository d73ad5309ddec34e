"""What a blob is called and what it holds; both are fixed before a single byte is uploaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.identifiers import OrganizationId


class ContentType(StrEnum):
    """What blobs may be; anything that a browser would run is none of it."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class BlobCollection(StrEnum):
    """What blobs belong to."""

    JOB_PROOFS = "job-proofs"


_SUFFIXES: Mapping[ContentType, str] = {
    ContentType.JPEG: "jpg",
    ContentType.PNG: "png",
    ContentType.WEBP: "webp",
}
_BY_SUFFIX = {suffix: content_type for content_type, suffix in _SUFFIXES.items()}
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(
    rf"organizations/(?P<organization>{_UUID})/(?P<collection>{'|'.join(BlobCollection)})"
    rf"/(?P<blob>{_UUID})\.(?P<suffix>{'|'.join(_BY_SUFFIX)})"
)


class BlobKeyError(ValueError):
    """The text is no key of a blob."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobKey:
    """The name of a blob in any store: `organizations/{organization}/job-proofs/{id}.jpg`.

    Only such texts are keys, so none leads out of a folder or into another organisation's.
    """

    organization_id: OrganizationId
    collection: BlobCollection
    blob_id: UUID
    content_type: ContentType

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that a text is; raise BlobKeyError."""
        match = _KEY.fullmatch(text)
        if match is None:
            raise BlobKeyError(text)
        return cls(
            organization_id=OrganizationId(UUID(match["organization"])),
            collection=BlobCollection(match["collection"]),
            blob_id=UUID(match["blob"]),
            content_type=_BY_SUFFIX[match["suffix"]],
        )

    def __str__(self) -> str:
        name = f"{self.blob_id}.{_SUFFIXES[self.content_type]}"
        return f"organizations/{self.organization_id}/{self.collection}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobContent:
    """The one content that a key may ever have: whoever uploads says so beforehand."""

    size_bytes: int
    sha256: str
    """In lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlob:
    """What a store says of a blob that is there."""

    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLink:
    """Where to PUT the content, with which headers, until when."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLink:
    """Where to GET the content, until when."""

    url: str
    expires_at: datetime
