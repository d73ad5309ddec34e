"""The blob store on a folder of this machine, whose links `web` serves."""

import asyncio

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.signed_links import SignedLinks
from domain.blobs.blob import BlobContent, BlobKey, DownloadLink, StoredBlob, UploadLink
from domain.blobs.ports import BlobStoreUnavailableError


class LocalBlobStore:
    """The domain's BlobStore. A file's suffix says of which type it is."""

    def __init__(self, folder: LocalFolder, links: SignedLinks) -> None:
        self._folder = folder
        self._links = links

    async def upload_link(self, key: BlobKey, content: BlobContent) -> UploadLink:
        return self._links.upload(key, content)

    async def download_link(self, key: BlobKey) -> DownloadLink:
        return self._links.download(key)

    async def find(self, key: BlobKey) -> StoredBlob | None:
        try:
            size_bytes = await asyncio.to_thread(self._folder.size_of, key)
        except OSError as error:
            raise BlobStoreUnavailableError from error
        if size_bytes is None:
            return None
        return StoredBlob(content_type=key.content_type, size_bytes=size_bytes)

    async def delete(self, key: BlobKey) -> None:
        try:
            await asyncio.to_thread(self._folder.delete, key)
        except OSError as error:
            raise BlobStoreUnavailableError from error
