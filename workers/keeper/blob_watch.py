"""Finds out that a store of blobs is back, where it may be hours until somebody needs it."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from domain.blobs.blob import BlobCollection, BlobKey, ContentType
from domain.blobs.ports import BlobStore, BlobStoreUnavailableError
from domain.health.feature import JOB_PROOFS
from domain.health.ports import FeatureStates
from domain.health.status import Status
from domain.identifiers import PLATFORM_ORGANIZATION_ID

_OF_NOBODY = BlobKey(
    organization_id=PLATFORM_ORGANIZATION_ID,
    collection=BlobCollection.JOB_PROOFS,
    blob_id=UUID(int=0),
    content_type=ContentType.JPEG,
)


@dataclass(frozen=True, slots=True)
class BlobWatch:
    """Tasks that wait find out by themselves; for photos nobody waits but people."""

    blobs: BlobStore
    features: FeatureStates

    async def work(self) -> bool:
        """Ask for a blob that nobody has, if the store was last known to be away."""
        known = self.features.current().get(JOB_PROOFS)
        if known is not None and known.status is Status.DEGRADED:
            # The breaker lets one call of all processes through, and reports what it finds.
            with suppress(BlobStoreUnavailableError):
                await self.blobs.find(_OF_NOBODY)
        return False
