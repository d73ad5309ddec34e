"""What blobs need from outside: a store that gives out signed links."""

from typing import Protocol

from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.errors import TemporaryError


class BlobStoreUnavailableError(TemporaryError):
    """The store does not answer, or the settings describe none."""

    reason = "BLOB_STORE_UNAVAILABLE"

    def __init__(self, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(
            "Photos and signatures cannot be stored or read now.",
            retry_after_seconds=retry_after_seconds,
        )


class BlobStore(Protocol):
    """Keeps blobs; their bytes never pass through the servers of the API.

    Every method may raise BlobStoreUnavailableError.
    """

    async def upload_link(self, key: BlobKey, content: BlobContent) -> UploadLink:
        """Return a link that takes this very content, of the key's type, until it expires.

        A blob is there whole or not at all, and once it is there no link changes it: another
        content is refused, and the same one changes nothing.
        """
        ...

    async def download_link(self, key: BlobKey) -> DownloadLink:
        """Return a link that gives the blob until it expires; it need not be there yet."""
        ...

    async def find(self, key: BlobKey) -> StoredBlob | None:
        """Return what is stored under a key, None where nothing is."""
        ...

    async def delete(self, key: BlobKey) -> None:
        """Delete a blob for good; it need not be there."""
        ...
