"""Deletes photos and signatures that were uploaded, or only announced, and never confirmed."""

from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from domain.blobs.ports import BlobStore
from domain.jobs.proof_ports import ForgottenUploads

MOST_AT_ONCE = 100
_DELETED = Counter(
    "campotech_proof_uploads_forgotten", "Uploads of proofs that nobody confirmed within a day."
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UploadCleaner:
    uploads: ForgottenUploads
    blobs: BlobStore

    async def work(self) -> bool:
        """Delete some, the oldest first; return whether there may be more.

        The blobs first: a keeper that dies in between leaves rows, by which the next one deletes
        once more what is gone.
        """
        forgotten = await self.uploads.forgotten(MOST_AT_ONCE)
        for upload in forgotten:
            await self.blobs.delete(upload.key)
        await self.uploads.forget(forgotten)
        if forgotten:
            _DELETED.inc(len(forgotten))
            _log.info("proof_uploads_forgotten", count=len(forgotten))
        return len(forgotten) == MOST_AT_ONCE
