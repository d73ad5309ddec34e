"""Blobs in memory, with links that only this store understands."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.blobs.ports import BlobStoreUnavailableError
from domain.clock import Clock
from tests.support.blob_builders import content_of

LIFETIME = timedelta(minutes=15)


class InMemoryBlobStore:
    """The domain's BlobStore; `is_away` makes it unavailable."""

    def __init__(self, clock: Clock) -> None:
        self.blobs: dict[BlobKey, bytes] = {}
        self.is_away = False
        self.looked_for: list[BlobKey] = []
        self._clock = clock
        self._uploads: dict[str, tuple[BlobKey, BlobContent, UploadLink]] = {}
        self._downloads: dict[str, tuple[BlobKey, DownloadLink]] = {}

    async def upload_link(self, key: BlobKey, content: BlobContent) -> UploadLink:
        self._require_presence()
        link = UploadLink(
            url=f"memory:put/{len(self._uploads)}/{key}",
            headers={"content-type": key.content_type.value},
            expires_at=self._clock.now() + LIFETIME,
        )
        self._uploads[link.url] = key, content, link
        return link

    async def download_link(self, key: BlobKey) -> DownloadLink:
        self._require_presence()
        link = DownloadLink(
            url=f"memory:get/{len(self._downloads)}/{key}", expires_at=self._clock.now() + LIFETIME
        )
        self._downloads[link.url] = key, link
        return link

    async def find(self, key: BlobKey) -> StoredBlob | None:
        self.looked_for.append(key)
        self._require_presence()
        body = self.blobs.get(key)
        if body is None:
            return None
        return StoredBlob(content_type=key.content_type, size_bytes=len(body))

    async def delete(self, key: BlobKey) -> None:
        self._require_presence()
        self.blobs.pop(key, None)

    def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> HTTPStatus:
        """Do what a PUT to a link does."""
        if url not in self._uploads or self._uploads[url][2].expires_at <= self._clock.now():
            return HTTPStatus.FORBIDDEN
        key, content, _ = self._uploads[url]
        if headers.get("content-type") != key.content_type:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        if content_of(body) != content:
            return HTTPStatus.BAD_REQUEST
        self.blobs[key] = body
        return HTTPStatus.CREATED

    def get(self, url: str) -> tuple[HTTPStatus, bytes]:
        """Do what a GET of a link does."""
        if url not in self._downloads or self._downloads[url][1].expires_at <= self._clock.now():
            return HTTPStatus.FORBIDDEN, b""
        body = self.blobs.get(self._downloads[url][0])
        return (HTTPStatus.NOT_FOUND, b"") if body is None else (HTTPStatus.OK, body)

    def _require_presence(self) -> None:
        if self.is_away:
            raise BlobStoreUnavailableError
