"""PUT of a blob: streamed into a file, which is kept if it is what the link allows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from adapters.blobs.local_folder import LocalFolder, UnfinishedBlob
from adapters.blobs.signed_links import SignedLinks
from domain.blobs.blob import BlobContent, BlobKey
from web.links import allowed_upload
from web.refusals import RefusedError

LONGEST_UPLOAD_SECONDS = 300.0
# So much is kept in memory of an upload; each write is a turn of a thread.
_WRITTEN_AT_ONCE_BYTES = 256 * 1024


class Uploads:
    """Takes uploads into the folder."""

    def __init__(
        self,
        folder: LocalFolder,
        links: SignedLinks,
        *,
        longest_seconds: float = LONGEST_UPLOAD_SECONDS,
    ) -> None:
        self._folder = folder
        self._links = links
        self._longest_seconds = longest_seconds

    async def put(self, request: Request) -> Response:
        """Store the blob; 201 says that it is durable."""
        key, content = allowed_upload(self._links, request)
        _check_headers(request, key, content)
        try:
            # The file first: one that is still being opened when the time is over would stay.
            async with self._unfinished() as unfinished, asyncio.timeout(self._longest_seconds):
                await _receive(request, content, unfinished)
                await asyncio.to_thread(unfinished.keep_as, self._folder.path_of(key))
        except TimeoutError as error:
            raise RefusedError("UPLOAD_TOO_SLOW") from error
        except OSError as error:
            raise RefusedError("BLOB_STORE_UNAVAILABLE") from error
        except ClientDisconnect:
            # Nobody is there to read it.
            return Response(status_code=400)
        return Response(status_code=201)

    @asynccontextmanager
    async def _unfinished(self) -> AsyncIterator[UnfinishedBlob]:
        unfinished = await asyncio.to_thread(self._folder.begin)
        try:
            yield unfinished
        finally:
            await asyncio.to_thread(unfinished.discard)


async def _receive(request: Request, content: BlobContent, unfinished: UnfinishedBlob) -> None:
    """Write the body, and refuse it if it is not the content that was announced."""
    async for chunk in _larger(request.stream()):
        if unfinished.size_bytes + len(chunk) > content.size_bytes:
            raise RefusedError("BLOB_TOO_LARGE")
        await asyncio.to_thread(unfinished.write, chunk)
    if not unfinished.is_content(content):
        raise RefusedError("BLOB_CONTENT_WRONG")


def _check_headers(request: Request, key: BlobKey, content: BlobContent) -> None:
    """Refuse before the body is read what cannot be right."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise RefusedError("BLOB_LENGTH_REQUIRED")
    if int(length) > content.size_bytes:
        raise RefusedError("BLOB_TOO_LARGE")
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != key.content_type:
        raise RefusedError("BLOB_TYPE_WRONG")


async def _larger(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in fewer chunks."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= _WRITTEN_AT_ONCE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
