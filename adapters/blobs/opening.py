"""Opens the blob store that the settings describe."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.local_store import LocalBlobStore
from adapters.blobs.no_store import NoBlobStore
from adapters.blobs.settings import BlobSettings
from adapters.blobs.signed_links import SignedLinks
from adapters.blobs.signing_keys import SigningKeys
from adapters.guarded_calls.calls import GuardedCalls
from domain.blobs.ports import BlobStore
from domain.clock import Clock


class NoBlobFolderError(Exception):
    """The settings name no folder of blobs, or no keys for its links."""

    def __init__(self) -> None:
        super().__init__("CAMPOTECH_BLOB_FOLDER and CAMPOTECH_BLOB_SIGNING_KEYS are needed.")


@asynccontextmanager
async def open_blob_store(
    settings: BlobSettings, clock: Clock, calls: Callable[[], GuardedCalls]
) -> AsyncIterator[BlobStore]:
    """Yield the store; raise SigningKeySettingError for keys that are none.

    `calls` gives the way to a bucket, where there is one.
    """
    if settings.blob_bucket is not None:
        # Only who needs it pays for it: 20 MiB and a third of a second.
        from adapters.blobs.s3_store import open_s3_store  # noqa: PLC0415  # see above

        async with open_s3_store(settings, clock, calls(), bucket=settings.blob_bucket) as store:
            yield store
    elif settings.has_blob_folder:
        yield LocalBlobStore(*open_blob_folder(settings, clock))
    else:
        yield NoBlobStore()


def open_blob_folder(settings: BlobSettings, clock: Clock) -> tuple[LocalFolder, SignedLinks]:
    """Return the folder and its links; raise NoBlobFolderError, SigningKeySettingError."""
    if settings.blob_folder is None or settings.blob_signing_keys is None:
        raise NoBlobFolderError
    keys = SigningKeys.from_setting(settings.blob_signing_keys.get_secret_value())
    links = SignedLinks(settings.blob_url, keys, clock, lifetime=settings.blob_link_lifetime)
    return LocalFolder(settings.blob_folder), links
