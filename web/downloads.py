"""GET of a blob, whole or in ranges."""

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.signed_links import SignedLinks
from web.links import allowed_download
from web.refusals import RefusedError

_HEADERS = {
    # Whatever the bytes are, a browser takes them for nothing but the picture they are said to be.
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    # People's homes are on these pictures: no shared cache keeps them.
    "cache-control": "private, max-age=300",
    "content-disposition": "inline",
}


class Downloads:
    """Gives blobs of the folder."""

    def __init__(self, folder: LocalFolder, links: SignedLinks) -> None:
        self._folder = folder
        self._links = links

    async def get(self, request: Request) -> Response:
        key = allowed_download(self._links, request)
        try:
            size_bytes = await asyncio.to_thread(self._folder.size_of, key)
        except OSError as error:
            raise RefusedError("BLOB_STORE_UNAVAILABLE") from error
        if size_bytes is None:
            raise RefusedError("BLOB_NOT_FOUND")
        path = self._folder.path_of(key)
        return FileResponse(path, headers=_HEADERS, media_type=key.content_type.value)
