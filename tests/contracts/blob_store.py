"""What every BlobStore owes: what was put by its link comes back by its link, and only that."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta

from domain.blobs.blob import ContentType, StoredBlob
from domain.blobs.ports import BlobStore
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.clocks import StoppedClock

CREATED = range(200, 300)


class BlobStoreContract(ABC):
    """Subclasses give a store and the two ways by which people use its links."""

    store: BlobStore

    @abstractmethod
    async def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """PUT a body; return the HTTP status."""

    @abstractmethod
    async def get(self, url: str) -> tuple[int, bytes]:
        """GET a link; return the HTTP status and the body."""

    async def test_what_was_uploaded_comes_back_as_it_was(self) -> None:
        key = a_blob_key(content_type=ContentType.WEBP)
        upload = await self.store.upload_link(key, content_of(A_PHOTO))

        status = await self.put(upload.url, A_PHOTO, upload.headers)

        download = await self.store.download_link(key)
        assert status in CREATED
        assert await self.get(download.url) == (200, A_PHOTO)
        assert await self.store.find(key) == StoredBlob(
            content_type="image/webp", size_bytes=len(A_PHOTO)
        )

    async def test_nothing_is_there_before_it_was_uploaded(self) -> None:
        key = a_blob_key()
        await self.store.upload_link(key, content_of(A_PHOTO))

        download = await self.store.download_link(key)

        assert await self.store.find(key) is None
        assert (await self.get(download.url))[0] == 404

    async def test_the_same_upload_may_be_repeated(self) -> None:
        key = a_blob_key()
        first = await self.store.upload_link(key, content_of(A_PHOTO))
        again = await self.store.upload_link(key, content_of(A_PHOTO))

        statuses = [
            await self.put(link.url, A_PHOTO, link.headers) for link in (first, first, again)
        ]

        assert all(status in CREATED for status in statuses)

    async def test_blobs_of_two_keys_do_not_meet(self) -> None:
        one, two = a_blob_key(), a_blob_key()
        upload = await self.store.upload_link(one, content_of(A_PHOTO))

        await self.put(upload.url, A_PHOTO, upload.headers)

        assert await self.store.find(two) is None

    async def test_what_was_deleted_is_gone(self) -> None:
        key = a_blob_key()
        upload = await self.store.upload_link(key, content_of(A_PHOTO))
        await self.put(upload.url, A_PHOTO, upload.headers)

        await self.store.delete(key)
        await self.store.delete(key)

        assert await self.store.find(key) is None


class BlobLinksContract(BlobStoreContract):
    """What links owe where we check them ourselves; those of S3 are checked by S3."""

    clock: StoppedClock

    async def test_another_content_than_was_said_is_refused_and_leaves_nothing(self) -> None:
        key = a_blob_key()
        upload = await self.store.upload_link(key, content_of(A_PHOTO))
        forgery = A_PHOTO[::-1]

        status = await self.put(upload.url, forgery, upload.headers)

        assert status == 400
        assert await self.store.find(key) is None

    async def test_another_content_does_not_replace_what_is_there(self) -> None:
        key = a_blob_key()
        upload = await self.store.upload_link(key, content_of(A_PHOTO))
        await self.put(upload.url, A_PHOTO, upload.headers)

        status = await self.put(upload.url, A_PHOTO[::-1], upload.headers)

        download = await self.store.download_link(key)
        assert status == 400
        assert await self.get(download.url) == (200, A_PHOTO)

    async def test_another_type_than_was_said_is_refused(self) -> None:
        key = a_blob_key(content_type=ContentType.PNG)
        upload = await self.store.upload_link(key, content_of(A_PHOTO))

        status = await self.put(upload.url, A_PHOTO, {"content-type": "text/html"})

        assert status == 415
        assert await self.store.find(key) is None

    async def test_links_end_in_time(self) -> None:
        key = a_blob_key()
        upload = await self.store.upload_link(key, content_of(A_PHOTO))
        download = await self.store.download_link(key)

        self.clock.advance(timedelta(minutes=15))

        assert upload.expires_at == download.expires_at == self.clock.now()
        assert await self.put(upload.url, A_PHOTO, upload.headers) == 403
        assert (await self.get(download.url))[0] == 403
