"""What stands in where the settings describe no blob store: it says so to whoever needs one."""

from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.blobs.ports import BlobStoreUnavailableError


class NoBlobStore:
    """The domain's BlobStore, never available."""

    async def upload_link(self, _key: BlobKey, _content: BlobContent) -> UploadLink:
        raise BlobStoreUnavailableError

    async def download_link(self, _key: BlobKey) -> DownloadLink:
        raise BlobStoreUnavailableError

    async def find(self, _key: BlobKey) -> StoredBlob | None:
        raise BlobStoreUnavailableError

    async def delete(self, _key: BlobKey) -> None:
        raise BlobStoreUnavailableError
